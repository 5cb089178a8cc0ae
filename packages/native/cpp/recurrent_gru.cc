#include "recurrent_gru.h"

#include "recurrent_steps.h"

namespace timestep {

void gru_forward(const GruInputs& inputs, const GruResults& results, Workspace& workspace, ThreadPool* pool) {
  const Sequence& sequence = inputs.sequence;
  const std::int64_t size = sequence.size;
  const std::int64_t width = inputs.gates() * size;
  const bool before = inputs.reset == GruReset::before;
  const bool after = inputs.reset == GruReset::after;
  pool = worthwhile(pool, sequence, inputs.gates());
  workspace.reset();
  float* gates = results.saved != nullptr ? results.saved : workspace.take(sequence.rows() * width);
  float* from_state = results.saved != nullptr && after ? results.saved + sequence.rows() * width : nullptr;
  float* products = workspace.take(sequence.batch * width);
  float* reset_h = workspace.take(sequence.batch * size);
  float* candidates = workspace.take(sequence.batch * size);
  gemm(false, false, sequence.rows(), width, sequence.input_size, inputs.input, sequence.input_size,
       inputs.input_kernel, width, gates, width, false, inputs.bias, pool);
  const std::int64_t open_width = before ? 2 * size : width;
  const PackedMatrix kernel = pack(inputs.recurrent_kernel, size, open_width, width, false);
  const PackedMatrix candidate_kernel =
      before ? pack(inputs.recurrent_kernel + 2 * size, size, size, width, false) : PackedMatrix{};
  const StepTable& steps = step_table();
  const auto open = before ? steps.gru_before_open : after ? steps.gru_after_forward : steps.gru_none_forward;
  copy(results.h, inputs.h, sequence.batch * size);

  run_blocks(row_blocks(sequence.batch, pool), pool, [&](const RowBlock& block) {
    const auto row_at = [&](std::int64_t i, std::int64_t t) -> GruForwardRow {
      const std::int64_t row = block.begin + i;
      const std::int64_t at = sequence.at(row, t);
      return {size,
              gates + at * width,
              products + block.begin * width + i * open_width,
              candidates + row * size,
              inputs.candidate_bias,
              gates + at * width,
              reset_h + row * size,
              from_state == nullptr ? nullptr : from_state + at * size,
              results.h + row * size,
              results.output + at * size};
    };
    clear(reset_h + block.begin * size, block.count * size);
    for (std::int64_t order = 0; order < sequence.time; ++order) {
      const std::int64_t t = sequence.step(order);
      const std::int64_t reach = block.reach(sequence, t);
      if (reach > 0) {
        multiply(results.h + block.begin * size, size, false, kernel, products + block.begin * width, open_width,
                 reach, false, nullptr, nullptr);
      }
      for (std::int64_t i = 0; i < block.count; ++i) {
        if (sequence.alive(block.begin + i, t)) open(row_at(i, t));
        else clear(results.output + sequence.at(block.begin + i, t) * size, size);
      }
      if (!before || reach == 0) continue;
      multiply(reset_h + block.begin * size, size, false, candidate_kernel, candidates + block.begin * size, size,
               reach, false, nullptr, nullptr);
      for (std::int64_t i = 0; i < reach; ++i) {
        if (sequence.alive(block.begin + i, t)) steps.gru_before_close(row_at(i, t));
      }
    }
  });
}

namespace {

/** What the time loop leaves for the weight gradients, and what it works with. */
struct GruBackwardBuffers {
  float* d_sums;       // [B, T, G·H]
  float* d_recurrent;  // [B, T, G·H]; `d_sums` itself but with "after"
  float* previous_h;   // [B, T, H]
  float* reset_h;      // [B, T, H], r∘h', with "before" only
  float* d_reset_h;    // [B, H], with "before" only
  float* d_biases;     // [blocks, G·H]
  float* d_recurrent_biases;  // [blocks, G·H], with "after" only
};

void gru_backward_block(const GruInputs& inputs, const GruUpstream& upstream, const GruGradients& gradients,
                        const GruBackwardBuffers& buffers, const PackedMatrix& kernel,
                        const PackedMatrix& candidate_kernel, const RowBlock& block) {
  const Sequence& sequence = inputs.sequence;
  const std::int64_t size = sequence.size;
  const std::int64_t width = inputs.gates() * size;
  const bool before = inputs.reset == GruReset::before;
  const bool after = inputs.reset == GruReset::after;
  const StepTable& steps = step_table();
  const auto back = before  ? steps.gru_before_candidate
                    : after ? steps.gru_after_backward
                            : steps.gru_none_backward;
  const float* from_state = after ? upstream.saved + sequence.rows() * width : nullptr;
  const auto row_at = [&](std::int64_t row, std::int64_t t) -> GruBackwardRow {
    const std::int64_t at = sequence.at(row, t);
    return {size,
            upstream.saved + at * width,
            after ? from_state + at * size : nullptr,
            buffers.previous_h + at * size,
            upstream.d_output + at * size,
            before ? buffers.d_reset_h + row * size : nullptr,
            gradients.h + row * size,
            buffers.d_sums + at * width,
            buffers.d_recurrent + at * width,
            before ? buffers.reset_h + at * size : nullptr};
  };
  const auto add_biases = [&](std::int64_t at) {
    steps.add(buffers.d_biases + block.index * width, buffers.d_sums + at * width, width);
    if (after) steps.add(buffers.d_recurrent_biases + block.index * width, buffers.d_recurrent + at * width, width);
  };

  for (std::int64_t order = sequence.time - 1; order >= 0; --order) {
    const std::int64_t t = sequence.step(order);
    for (std::int64_t i = 0; i < block.count; ++i) {
      const std::int64_t row = block.begin + i;
      const std::int64_t at = sequence.at(row, t);
      if (sequence.alive(row, t)) {
        copy(buffers.previous_h + at * size, sequence.previous(upstream.output, inputs.h, row, t), size);
        back(row_at(row, t));
        if (!before) add_biases(at);
        continue;
      }
      clear(buffers.d_sums + at * width, width);
      clear(buffers.previous_h + at * size, size);
      if (after) clear(buffers.d_recurrent + at * width, width);
      if (before) clear(buffers.reset_h + at * size, size);
    }
    const std::int64_t reach = block.reach(sequence, t);
    if (reach == 0) continue;
    const std::int64_t first = sequence.at(block.begin, t) * width;
    if (before) {
      multiply(buffers.d_sums + first + 2 * size, sequence.time * width, false, candidate_kernel,
               buffers.d_reset_h + block.begin * size, size, reach, false, nullptr, nullptr);
      for (std::int64_t row = block.begin; row < block.begin + reach; ++row) {
        if (!sequence.alive(row, t)) continue;
        steps.gru_before_relevance(row_at(row, t));
        add_biases(sequence.at(row, t));
      }
    }
    // Rows that have ended have zeros here, so adding their product leaves dh as it is.
    multiply(buffers.d_recurrent + first, sequence.time * width, false, kernel, gradients.h + block.begin * size, size,
             reach, true, nullptr, nullptr);
  }
}

}  // namespace

void gru_backward(const GruInputs& inputs, const GruUpstream& upstream, const GruGradients& gradients,
                  Workspace& workspace, ThreadPool* pool) {
  const Sequence& sequence = inputs.sequence;
  const std::int64_t size = sequence.size;
  const std::int64_t width = inputs.gates() * size;
  const std::int64_t rows = sequence.rows();
  const bool before = inputs.reset == GruReset::before;
  const bool after = inputs.reset == GruReset::after;
  pool = worthwhile(pool, sequence, inputs.gates());
  workspace.reset();
  const std::vector<RowBlock> blocks = row_blocks(sequence.batch, pool);
  const std::int64_t block_count = static_cast<std::int64_t>(blocks.size());

  GruBackwardBuffers buffers{};
  buffers.d_sums = workspace.take(rows * width);
  buffers.previous_h = workspace.take(rows * size);
  buffers.d_biases = workspace.take(block_count * width);
  clear(buffers.d_biases, block_count * width);
  buffers.d_recurrent = after ? workspace.take(rows * width) : buffers.d_sums;
  if (after) {
    buffers.d_recurrent_biases = workspace.take(block_count * width + width);
    clear(buffers.d_recurrent_biases, block_count * width);
  }
  if (before) {
    buffers.reset_h = workspace.take(rows * size);
    buffers.d_reset_h = workspace.take(sequence.batch * size);
  }
  const std::int64_t open_width = before ? 2 * size : width;
  const PackedMatrix kernel = pack(inputs.recurrent_kernel, open_width, size, width, true);
  const PackedMatrix candidate_kernel =
      before ? pack(inputs.recurrent_kernel + 2 * size, size, size, width, true) : PackedMatrix{};
  copy(gradients.h, upstream.d_h, sequence.batch * size);

  run_blocks(blocks, pool, [&](const RowBlock& block) {
    gru_backward_block(inputs, upstream, gradients, buffers, kernel, candidate_kernel, block);
  });

  sum_blocks(buffers.d_biases, block_count, width, gradients.bias);
  if (after) {
    float* all = buffers.d_recurrent_biases + block_count * width;
    sum_blocks(buffers.d_recurrent_biases, block_count, width, all);
    copy(gradients.candidate_bias, all + 2 * size, size);
  }
  gemm(false, true, rows, sequence.input_size, width, buffers.d_sums, width, inputs.input_kernel, width,
       gradients.input, sequence.input_size, false, nullptr, pool);
  gemm(true, false, sequence.input_size, width, rows, inputs.input, sequence.input_size, buffers.d_sums, width,
       gradients.input_kernel, width, false, nullptr, pool);
  gemm(true, false, size, open_width, rows, buffers.previous_h, size, buffers.d_recurrent, width,
       gradients.recurrent_kernel, width, false, nullptr, pool);
  if (before) {
    gemm(true, false, size, size, rows, buffers.reset_h, size, buffers.d_sums + 2 * size, width,
         gradients.recurrent_kernel + 2 * size, width, false, nullptr, pool);
  }
}

}  // namespace timestep
