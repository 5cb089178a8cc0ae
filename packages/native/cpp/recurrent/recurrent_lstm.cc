#include "recurrent/recurrent_lstm.h"

#include "recurrent/recurrent_steps.h"

namespace timestep {
namespace {

class ForwardPass {
 public:
  ForwardPass(const LstmForward& call, Workspace& workspace, std::int64_t height)
      : in_(call.inputs), out_(call.results), workspace_(&workspace), height_(height) {}

  void open(ThreadPool* pool) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size, width = 4 * size;
    sums_ = training() ? out_.saved : workspace_->take(sequence.rows() * width);
    products_ = workspace_->take(sequence.batch * width);
    gemm(false, false, sequence.rows(), width, sequence.input_size, in_.input, sequence.input_size, in_.input_kernel,
         width, sums_, width, false, in_.bias, pool);
    kernel_ = StepKernel(*workspace_, in_.recurrent_kernel, size, width, width, false, sequence.time, height_, pool);
    copy(out_.h, in_.h, sequence.batch * size);
    copy(out_.c, in_.c, sequence.batch * size);
  }

  void loop(const RowBlock& block) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size, width = 4 * size;
    const StepTable& steps = step_table();
    float* product = products_ + block.begin * width;
    float* cells = training() ? out_.saved + sequence.rows() * width : nullptr;
    for (std::int64_t order = 0; order < sequence.time; ++order) {
      const std::int64_t t = sequence.step(order);
      kernel_.multiply(out_.h + block.begin * size, size, product, width, block.reach(sequence, t), false);
      for (std::int64_t i = 0; i < block.count; ++i) {
        const std::int64_t row = block.begin + i;
        const std::int64_t at = sequence.at(row, t);
        if (!sequence.alive(row, t)) {
          clear(out_.output + at * sequence.pitch, size);
          continue;
        }
        float* sum = sums_ + at * width;
        steps.lstm_forward({size, sum, product + i * width, in_.peepholes, in_.plain_output, out_.c + row * size,
                            out_.h + row * size, out_.output + at * sequence.pitch, training() ? sum : nullptr,
                            training() ? cells + at * size : nullptr});
      }
    }
  }

  void close(ThreadPool*) {}

 private:
  bool training() const { return out_.saved != nullptr; }

  LstmInputs in_;
  LstmResults out_;
  Workspace* workspace_;
  std::int64_t height_;
  float* sums_ = nullptr;      // [B, T, 4H], x·W + b, and then the gates in training
  float* products_ = nullptr;  // [B, 4H]
  StepKernel kernel_;
};

class BackwardPass {
 public:
  BackwardPass(const LstmBackward& call, Workspace& workspace, std::int64_t height)
      : in_(call.inputs), up_(call.upstream), out_(call.gradients), workspace_(&workspace), height_(height) {}

  void open(ThreadPool* pool) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size, width = 4 * size, rows = sequence.rows();
    blocks_ = (sequence.batch + height_ - 1) / height_;
    d_sums_ = workspace_->take(rows * width);
    previous_h_ = workspace_->take(rows * size);
    d_biases_ = workspace_->take(blocks_ * width);
    d_peepholes_ = workspace_->take(blocks_ * 3 * size);
    clear(d_biases_, blocks_ * width);
    clear(d_peepholes_, blocks_ * 3 * size);
    // Uᵀ
    kernel_ = StepKernel(*workspace_, in_.recurrent_kernel, width, size, width, true, sequence.time, height_, pool);
    copy(out_.h, up_.d_h, sequence.batch * size);
    copy(out_.c, up_.d_c, sequence.batch * size);
  }

  void loop(const RowBlock& block) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size, width = 4 * size;
    const StepTable& steps = step_table();
    const float* cells = up_.saved + sequence.rows() * width;
    float* d_bias = d_biases_ + block.index * width;
    float* d_peephole = in_.peepholes == nullptr ? nullptr : d_peepholes_ + block.index * 3 * size;
    for (std::int64_t order = sequence.time - 1; order >= 0; --order) {
      const std::int64_t t = sequence.step(order);
      for (std::int64_t row = block.begin; row < block.begin + block.count; ++row) {
        const std::int64_t at = sequence.at(row, t);
        if (!sequence.alive(row, t)) {
          clear(d_sums_ + at * width, width);
          clear(previous_h_ + at * size, size);
          continue;
        }
        copy(previous_h_ + at * size, sequence.previous(up_.output, sequence.pitch, in_.h, row, t), size);
        steps.lstm_backward({size, up_.saved + at * width, cells + at * size,
                             sequence.previous(cells, size, in_.c, row, t), up_.d_output + at * sequence.pitch,
                             in_.peepholes, in_.plain_output, out_.h + row * size, out_.c + row * size,
                             d_sums_ + at * width, d_peephole});
        steps.add(d_bias, d_sums_ + at * width, width);
      }
      // Rows that have ended have zeros in d_sums, so adding their product leaves dh as it is.
      kernel_.multiply(d_sums_ + sequence.at(block.begin, t) * width, sequence.time * width,
                       out_.h + block.begin * size, size, block.reach(sequence, t), true);
    }
  }

  void close(ThreadPool* pool) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size, width = 4 * size;
    sum_blocks(d_biases_, blocks_, width, out_.bias);
    if (in_.peepholes != nullptr) sum_blocks(d_peepholes_, blocks_, 3 * size, out_.peepholes);
    const PackedView packed = input_gradients(sequence, width, in_.input, in_.input_kernel, d_sums_, out_.input,
                                              out_.accumulate_input, out_.input_kernel, *workspace_, pool);
    multiply(previous_h_, size, true, packed, out_.recurrent_kernel, width, size, false, nullptr, pool);
  }

 private:
  LstmInputs in_;
  LstmUpstream up_;
  LstmGradients out_;
  Workspace* workspace_;
  std::int64_t height_;
  std::int64_t blocks_ = 0;
  float* d_sums_ = nullptr;       // [B, T, 4H]
  float* previous_h_ = nullptr;   // [B, T, H]
  float* d_biases_ = nullptr;     // [blocks, 4H]
  float* d_peepholes_ = nullptr;  // [blocks, 3H]
  StepKernel kernel_;
};

}  // namespace

void lstm_forward(const std::vector<LstmForward>& directions, Workspace& workspace, ThreadPool* pool) {
  run_directions<ForwardPass>(directions, 4, workspace, pool);
}

void lstm_backward(const std::vector<LstmBackward>& directions, Workspace& workspace, ThreadPool* pool) {
  run_directions<BackwardPass>(directions, 4, workspace, pool);
}

}  // namespace timestep
