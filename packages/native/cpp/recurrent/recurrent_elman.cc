#include "recurrent/recurrent_elman.h"

#include "recurrent/recurrent_steps.h"

namespace timestep {
namespace {

class ForwardPass {
 public:
  ForwardPass(const ElmanForward& call, Workspace& workspace, std::int64_t height)
      : in_(call.inputs), out_(call.results), workspace_(&workspace), height_(height) {}

  void open(ThreadPool* pool) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size;
    sums_ = workspace_->take(sequence.rows() * size);
    products_ = workspace_->take(sequence.batch * size);
    gemm(false, false, sequence.rows(), size, sequence.input_size, in_.input, sequence.input_size, in_.input_kernel,
         size, sums_, size, false, in_.bias, pool);
    kernel_ = StepKernel(*workspace_, in_.recurrent_kernel, size, size, size, false, sequence.time, height_, pool);
    copy(out_.h, in_.h, sequence.batch * size);
  }

  void loop(const RowBlock& block) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size;
    const StepTable& steps = step_table();
    float* product = products_ + block.begin * size;
    for (std::int64_t order = 0; order < sequence.time; ++order) {
      const std::int64_t t = sequence.step(order);
      kernel_.multiply(out_.h + block.begin * size, size, product, size, block.reach(sequence, t), false);
      for (std::int64_t i = 0; i < block.count; ++i) {
        const std::int64_t row = block.begin + i;
        const std::int64_t at = sequence.at(row, t);
        if (!sequence.alive(row, t)) {
          clear(out_.output + at * sequence.pitch, size);
          continue;
        }
        steps.elman_forward({size, sums_ + at * size, product + i * size, nullptr, in_.relu, out_.h + row * size,
                             out_.output + at * sequence.pitch, nullptr, nullptr});
      }
    }
  }

  void close(ThreadPool*) {}

 private:
  ElmanInputs in_;
  ElmanResults out_;
  Workspace* workspace_;
  std::int64_t height_;
  float* sums_ = nullptr;      // [B, T, H], x·W + b
  float* products_ = nullptr;  // [B, H]
  StepKernel kernel_;
};

class BackwardPass {
 public:
  BackwardPass(const ElmanBackward& call, Workspace& workspace, std::int64_t height)
      : in_(call.inputs), up_(call.upstream), out_(call.gradients), workspace_(&workspace), height_(height) {}

  void open(ThreadPool* pool) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size, rows = sequence.rows();
    blocks_ = (sequence.batch + height_ - 1) / height_;
    d_sums_ = workspace_->take(rows * size);
    previous_h_ = workspace_->take(rows * size);
    d_biases_ = workspace_->take(blocks_ * size);
    clear(d_biases_, blocks_ * size);
    // Uᵀ
    kernel_ = StepKernel(*workspace_, in_.recurrent_kernel, size, size, size, true, sequence.time, height_, pool);
    copy(out_.h, up_.d_h, sequence.batch * size);
  }

  void loop(const RowBlock& block) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size;
    const StepTable& steps = step_table();
    float* d_bias = d_biases_ + block.index * size;
    for (std::int64_t order = sequence.time - 1; order >= 0; --order) {
      const std::int64_t t = sequence.step(order);
      for (std::int64_t row = block.begin; row < block.begin + block.count; ++row) {
        const std::int64_t at = sequence.at(row, t);
        if (!sequence.alive(row, t)) {
          clear(d_sums_ + at * size, size);
          clear(previous_h_ + at * size, size);
          continue;
        }
        copy(previous_h_ + at * size, sequence.previous(up_.output, sequence.pitch, in_.h, row, t), size);
        // The row function only reads `output` on the way back.
        steps.elman_backward({size, nullptr, nullptr, up_.d_output + at * sequence.pitch, in_.relu, nullptr,
                              const_cast<float*>(up_.output) + at * sequence.pitch, out_.h + row * size,
                              d_sums_ + at * size});
        steps.add(d_bias, d_sums_ + at * size, size);
      }
      // Rows that have ended have zeros in d_sums, so adding their product leaves dh as it is.
      kernel_.multiply(d_sums_ + sequence.at(block.begin, t) * size, sequence.time * size,
                       out_.h + block.begin * size, size, block.reach(sequence, t), true);
    }
  }

  void close(ThreadPool* pool) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size;
    sum_blocks(d_biases_, blocks_, size, out_.bias);
    const PackedView packed = input_gradients(sequence, size, in_.input, in_.input_kernel, d_sums_, out_.input,
                                              out_.accumulate_input, out_.input_kernel, *workspace_, pool);
    multiply(previous_h_, size, true, packed, out_.recurrent_kernel, size, size, false, nullptr, pool);
  }

 private:
  ElmanInputs in_;
  ElmanUpstream up_;
  ElmanGradients out_;
  Workspace* workspace_;
  std::int64_t height_;
  std::int64_t blocks_ = 0;
  float* d_sums_ = nullptr;      // [B, T, H]
  float* previous_h_ = nullptr;  // [B, T, H]
  float* d_biases_ = nullptr;    // [blocks, H]
  StepKernel kernel_;
};

}  // namespace

void elman_forward(const std::vector<ElmanForward>& directions, Workspace& workspace, ThreadPool* pool) {
  run_directions<ForwardPass>(directions, 1, workspace, pool);
}

void elman_backward(const std::vector<ElmanBackward>& directions, Workspace& workspace, ThreadPool* pool) {
  run_directions<BackwardPass>(directions, 1, workspace, pool);
}

}  // namespace timestep
