#include "recurrent/recurrent_gru.h"

#include "recurrent/recurrent_steps.h"

namespace timestep {
namespace {

class ForwardPass {
 public:
  ForwardPass(const GruForward& call, Workspace& workspace, std::int64_t height)
      : in_(call.inputs), out_(call.results), workspace_(&workspace), height_(height) {}

  void open(ThreadPool* pool) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size, width = in_.gates() * size;
    gates_ = out_.saved != nullptr ? out_.saved : workspace_->take(sequence.rows() * width);
    from_state_ = out_.saved != nullptr && after() ? out_.saved + sequence.rows() * width : nullptr;
    products_ = workspace_->take(sequence.batch * width);
    reset_h_ = workspace_->take(sequence.batch * size);
    candidates_ = workspace_->take(sequence.batch * size);
    clear(reset_h_, sequence.batch * size);
    gemm(false, false, sequence.rows(), width, sequence.input_size, in_.input, sequence.input_size, in_.input_kernel,
         width, gates_, width, false, in_.bias, pool);
    kernel_ = StepKernel(*workspace_, in_.recurrent_kernel, size, open_width(), width, false, sequence.time, height_,
                         pool);
    if (before()) {
      candidate_kernel_ = StepKernel(*workspace_, in_.recurrent_kernel + 2 * size, size, size, width, false,
                                     sequence.time, height_, pool);
    }
    copy(out_.h, in_.h, sequence.batch * size);
  }

  void loop(const RowBlock& block) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size, width = in_.gates() * size;
    const StepTable& steps = step_table();
    const auto open = before() ? steps.gru_before_open : after() ? steps.gru_after_forward : steps.gru_none_forward;
    for (std::int64_t order = 0; order < sequence.time; ++order) {
      const std::int64_t t = sequence.step(order);
      const std::int64_t reach = block.reach(sequence, t);
      kernel_.multiply(out_.h + block.begin * size, size, products_ + block.begin * width, open_width(), reach, false);
      for (std::int64_t i = 0; i < block.count; ++i) {
        if (sequence.alive(block.begin + i, t)) open(row_at(block, i, t));
        else clear(out_.output + sequence.at(block.begin + i, t) * sequence.pitch, size);
      }
      if (!before()) continue;
      candidate_kernel_.multiply(reset_h_ + block.begin * size, size, candidates_ + block.begin * size, size, reach,
                                 false);
      for (std::int64_t i = 0; i < reach; ++i) {
        if (sequence.alive(block.begin + i, t)) steps.gru_before_close(row_at(block, i, t));
      }
    }
  }

  void close(ThreadPool*) {}

 private:
  bool before() const { return in_.reset == GruReset::before; }
  bool after() const { return in_.reset == GruReset::after; }
  /** Columns of the product with h'; the candidate's comes later where it needs the gate first. */
  std::int64_t open_width() const { return (before() ? 2 : in_.gates()) * in_.sequence.size; }

  GruForwardRow row_at(const RowBlock& block, std::int64_t i, std::int64_t t) const {
    const std::int64_t size = in_.sequence.size, width = in_.gates() * size;
    const std::int64_t row = block.begin + i;
    const std::int64_t at = in_.sequence.at(row, t);
    return {size,
            gates_ + at * width,
            products_ + block.begin * width + i * open_width(),
            candidates_ + row * size,
            in_.candidate_bias,
            gates_ + at * width,
            reset_h_ + row * size,
            from_state_ == nullptr ? nullptr : from_state_ + at * size,
            out_.h + row * size,
            out_.output + at * in_.sequence.pitch};
  }

  GruInputs in_;
  GruResults out_;
  Workspace* workspace_;
  std::int64_t height_;
  float* gates_ = nullptr;       // [B, T, G·H], x·W + b, and then the gates
  float* from_state_ = nullptr;  // [B, T, H], in training with `after`
  float* products_ = nullptr;    // [B, G·H]
  float* reset_h_ = nullptr;     // [B, H]
  float* candidates_ = nullptr;  // [B, H]
  StepKernel kernel_, candidate_kernel_;
};

class BackwardPass {
 public:
  BackwardPass(const GruBackward& call, Workspace& workspace, std::int64_t height)
      : in_(call.inputs), up_(call.upstream), out_(call.gradients), workspace_(&workspace), height_(height) {}

  void open(ThreadPool* pool) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size, width = in_.gates() * size, rows = sequence.rows();
    blocks_ = (sequence.batch + height_ - 1) / height_;
    d_sums_ = workspace_->take(rows * width);
    previous_h_ = workspace_->take(rows * size);
    d_biases_ = workspace_->take(blocks_ * width);
    clear(d_biases_, blocks_ * width);
    if (after()) {
      d_from_state_ = workspace_->take(rows * size);
      d_candidate_biases_ = workspace_->take(blocks_ * size);
      clear(d_candidate_biases_, blocks_ * size);
    }
    if (before()) {
      reset_h_ = workspace_->take(rows * size);
      d_reset_h_ = workspace_->take(sequence.batch * size);
    }
    if (in_.reset != GruReset::none) {
      candidate_kernel_ = StepKernel(*workspace_, in_.recurrent_kernel + 2 * size, size, size, width, true,
                                     sequence.time, height_, pool);
    }
    // Uᵀ
    kernel_ = StepKernel(*workspace_, in_.recurrent_kernel, open_width(), size, width, true, sequence.time, height_,
                         pool);
    copy(out_.h, up_.d_h, sequence.batch * size);
  }

  void loop(const RowBlock& block) {
    const Sequence& sequence = in_.sequence;
    const StepTable& steps = step_table();
    const auto back = before()  ? steps.gru_before_candidate
                      : after() ? steps.gru_after_backward
                                : steps.gru_none_backward;
    for (std::int64_t order = sequence.time - 1; order >= 0; --order) {
      const std::int64_t t = sequence.step(order);
      for (std::int64_t row = block.begin; row < block.begin + block.count; ++row) {
        if (!sequence.alive(row, t)) {
          clear_step(sequence.at(row, t));
          continue;
        }
        const std::int64_t size = sequence.size;
        copy(previous_h_ + sequence.at(row, t) * size,
             sequence.previous(up_.output, sequence.pitch, in_.h, row, t), size);
        back(row_at(row, t));
        if (!before()) add_biases(steps, block, sequence.at(row, t));
      }
      multiply_back(steps, block, t);
    }
  }

  void close(ThreadPool* pool) {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size, width = in_.gates() * size, rows = sequence.rows();
    sum_blocks(d_biases_, blocks_, width, out_.bias);
    if (after()) sum_blocks(d_candidate_biases_, blocks_, size, out_.candidate_bias);
    const PackedView packed = input_gradients(sequence, width, in_.input, in_.input_kernel, d_sums_, out_.input,
                                              out_.accumulate_input, out_.input_kernel, *workspace_, pool);
    // The gates that the recurrent product takes as they are come first, so their panels are packed already.
    multiply(previous_h_, size, true, {packed.data, rows, open_width()}, out_.recurrent_kernel, width, size, false,
             nullptr, pool);
    if (in_.reset == GruReset::none) return;
    const float* d_candidate = before() ? d_sums_ + 2 * size : d_from_state_;
    gemm(true, false, size, size, rows, before() ? reset_h_ : previous_h_, size, d_candidate, before() ? width : size,
         out_.recurrent_kernel + 2 * size, width, false, nullptr, pool);
  }

 private:
  bool before() const { return in_.reset == GruReset::before; }
  bool after() const { return in_.reset == GruReset::after; }
  /** Columns of u and r, or u and n without a reset: their gradients reach h' by one product. */
  std::int64_t open_width() const { return 2 * in_.sequence.size; }

  GruBackwardRow row_at(std::int64_t row, std::int64_t t) const {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size, width = in_.gates() * size;
    const std::int64_t at = sequence.at(row, t);
    return {size,
            up_.saved + at * width,
            after() ? up_.saved + sequence.rows() * width + at * size : nullptr,
            previous_h_ + at * size,
            up_.d_output + at * sequence.pitch,
            before() ? d_reset_h_ + row * size : nullptr,
            out_.h + row * size,
            d_sums_ + at * width,
            after() ? d_from_state_ + at * size : nullptr,
            before() ? reset_h_ + at * size : nullptr};
  }

  /** What the weight gradients read of a step after a row's end. */
  void clear_step(std::int64_t at) const {
    const std::int64_t size = in_.sequence.size, width = in_.gates() * size;
    clear(d_sums_ + at * width, width);
    clear(previous_h_ + at * size, size);
    if (after()) clear(d_from_state_ + at * size, size);
    if (before()) clear(reset_h_ + at * size, size);
  }

  void add_biases(const StepTable& steps, const RowBlock& block, std::int64_t at) const {
    const std::int64_t size = in_.sequence.size, width = in_.gates() * size;
    steps.add(d_biases_ + block.index * width, d_sums_ + at * width, width);
    if (after()) steps.add(d_candidate_biases_ + block.index * size, d_from_state_ + at * size, size);
  }

  /** What step `t` passes back to h' through the recurrent kernel. */
  void multiply_back(const StepTable& steps, const RowBlock& block, std::int64_t t) const {
    const Sequence& sequence = in_.sequence;
    const std::int64_t size = sequence.size, width = in_.gates() * size;
    const std::int64_t reach = block.reach(sequence, t);
    const std::int64_t first = sequence.at(block.begin, t) * width;
    if (before()) {
      candidate_kernel_.multiply(d_sums_ + first + 2 * size, sequence.time * width, d_reset_h_ + block.begin * size,
                                 size, reach, false);
      for (std::int64_t row = block.begin; row < block.begin + reach; ++row) {
        if (!sequence.alive(row, t)) continue;
        steps.gru_before_relevance(row_at(row, t));
        add_biases(steps, block, sequence.at(row, t));
      }
    }
    // Rows that have ended have zeros here, so adding their product leaves dh as it is.
    float* dh = out_.h + block.begin * size;
    kernel_.multiply(d_sums_ + first, sequence.time * width, dh, size, reach, true);
    if (after()) {
      candidate_kernel_.multiply(d_from_state_ + sequence.at(block.begin, t) * size, sequence.time * size, dh, size,
                                 reach, true);
    }
  }

  GruInputs in_;
  GruUpstream up_;
  GruGradients out_;
  Workspace* workspace_;
  std::int64_t height_;
  std::int64_t blocks_ = 0;
  float* d_sums_ = nullptr;        // [B, T, G·H]
  float* d_from_state_ = nullptr;  // [B, T, H], dn∘r, with `after` only
  float* previous_h_ = nullptr;    // [B, T, H]
  float* reset_h_ = nullptr;       // [B, T, H], r∘h', with `before` only
  float* d_reset_h_ = nullptr;     // [B, H], with `before` only
  float* d_biases_ = nullptr;      // [blocks, G·H]
  float* d_candidate_biases_ = nullptr;  // [blocks, H], with `after` only
  StepKernel kernel_, candidate_kernel_;
};

}  // namespace

void gru_forward(const std::vector<GruForward>& directions, Workspace& workspace, ThreadPool* pool) {
  if (directions.empty()) return;
  run_directions<ForwardPass>(directions, directions.front().inputs.gates(), workspace, pool);
}

void gru_backward(const std::vector<GruBackward>& directions, Workspace& workspace, ThreadPool* pool) {
  if (directions.empty()) return;
  run_directions<BackwardPass>(directions, directions.front().inputs.gates(), workspace, pool);
}

}  // namespace timestep
