#include "recurrent_elman.h"

#include "recurrent_steps.h"

namespace timestep {

void elman_forward(const ElmanInputs& inputs, const ElmanResults& results, Workspace& workspace, ThreadPool* pool) {
  const Sequence& sequence = inputs.sequence;
  const std::int64_t size = sequence.size;
  pool = worthwhile(pool, sequence, 1);
  workspace.reset();
  float* sums = workspace.take(sequence.rows() * size);
  float* products = workspace.take(sequence.batch * size);
  gemm(false, false, sequence.rows(), size, sequence.input_size, inputs.input, sequence.input_size,
       inputs.input_kernel, size, sums, size, false, inputs.bias, pool);
  const PackedMatrix kernel = pack(inputs.recurrent_kernel, size, size, size, false);
  const StepTable& steps = step_table();
  copy(results.h, inputs.h, sequence.batch * size);

  run_blocks(row_blocks(sequence.batch, pool), pool, [&](const RowBlock& block) {
    float* product = products + block.begin * size;
    for (std::int64_t order = 0; order < sequence.time; ++order) {
      const std::int64_t t = sequence.step(order);
      const std::int64_t reach = block.reach(sequence, t);
      if (reach > 0) {
        multiply(results.h + block.begin * size, size, false, kernel, product, size, reach, false, nullptr, nullptr);
      }
      for (std::int64_t i = 0; i < block.count; ++i) {
        const std::int64_t row = block.begin + i;
        const std::int64_t at = sequence.at(row, t);
        if (!sequence.alive(row, t)) {
          clear(results.output + at * size, size);
          continue;
        }
        steps.elman_forward({size, sums + at * size, product + i * size, nullptr, inputs.relu, results.h + row * size,
                             results.output + at * size, nullptr, nullptr});
      }
    }
  });
}

void elman_backward(const ElmanInputs& inputs, const ElmanUpstream& upstream, const ElmanGradients& gradients,
                    Workspace& workspace, ThreadPool* pool) {
  const Sequence& sequence = inputs.sequence;
  const std::int64_t size = sequence.size;
  const std::int64_t rows = sequence.rows();
  pool = worthwhile(pool, sequence, 1);
  workspace.reset();
  const std::vector<RowBlock> blocks = row_blocks(sequence.batch, pool);
  const std::int64_t block_count = static_cast<std::int64_t>(blocks.size());
  float* d_sums = workspace.take(rows * size);
  float* previous_h = workspace.take(rows * size);
  float* d_biases = workspace.take(block_count * size);
  clear(d_biases, block_count * size);
  const PackedMatrix kernel = pack(inputs.recurrent_kernel, size, size, size, true);  // Uᵀ
  const StepTable& steps = step_table();
  copy(gradients.h, upstream.d_h, sequence.batch * size);

  run_blocks(blocks, pool, [&](const RowBlock& block) {
    float* d_bias = d_biases + block.index * size;
    for (std::int64_t order = sequence.time - 1; order >= 0; --order) {
      const std::int64_t t = sequence.step(order);
      for (std::int64_t i = 0; i < block.count; ++i) {
        const std::int64_t row = block.begin + i;
        const std::int64_t at = sequence.at(row, t) * size;
        if (!sequence.alive(row, t)) {
          clear(d_sums + at, size);
          clear(previous_h + at, size);
          continue;
        }
        copy(previous_h + at, sequence.previous(upstream.output, inputs.h, row, t), size);
        // The row function only reads `output` on the way back.
        steps.elman_backward({size, nullptr, nullptr, upstream.d_output + at, inputs.relu, nullptr,
                              const_cast<float*>(upstream.output) + at, gradients.h + row * size, d_sums + at});
        steps.add(d_bias, d_sums + at, size);
      }
      const std::int64_t reach = block.reach(sequence, t);
      if (reach == 0) continue;
      // Rows that have ended have zeros in d_sums, so adding their product leaves dh as it is.
      multiply(d_sums + sequence.at(block.begin, t) * size, sequence.time * size, false, kernel,
               gradients.h + block.begin * size, size, reach, true, nullptr, nullptr);
    }
  });

  sum_blocks(d_biases, block_count, size, gradients.bias);
  gemm(false, true, rows, sequence.input_size, size, d_sums, size, inputs.input_kernel, size, gradients.input,
       sequence.input_size, false, nullptr, pool);
  gemm(true, false, sequence.input_size, size, rows, inputs.input, sequence.input_size, d_sums, size,
       gradients.input_kernel, size, false, nullptr, pool);
  gemm(true, false, size, size, rows, previous_h, size, d_sums, size, gradients.recurrent_kernel, size, false, nullptr,
       pool);
}

}  // namespace timestep
