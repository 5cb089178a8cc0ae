#include "recurrent_lstm.h"

#include "recurrent_steps.h"

namespace timestep {

void lstm_forward(const LstmInputs& inputs, const LstmResults& results, Workspace& workspace, ThreadPool* pool) {
  const Sequence& sequence = inputs.sequence;
  const std::int64_t size = sequence.size;
  const std::int64_t width = 4 * size;
  pool = worthwhile(pool, sequence, 4);
  workspace.reset();
  const bool training = results.saved != nullptr;
  float* sums = training ? results.saved : workspace.take(sequence.rows() * width);
  float* cells = training ? results.saved + sequence.rows() * width : nullptr;
  float* products = workspace.take(sequence.batch * width);
  gemm(false, false, sequence.rows(), width, sequence.input_size, inputs.input, sequence.input_size,
       inputs.input_kernel, width, sums, width, false, inputs.bias, pool);
  const PackedMatrix kernel = pack(inputs.recurrent_kernel, size, width, width, false);
  const StepTable& steps = step_table();
  copy(results.h, inputs.h, sequence.batch * size);
  copy(results.c, inputs.c, sequence.batch * size);

  run_blocks(row_blocks(sequence.batch, pool), pool, [&](const RowBlock& block) {
    float* product = products + block.begin * width;
    for (std::int64_t order = 0; order < sequence.time; ++order) {
      const std::int64_t t = sequence.step(order);
      const std::int64_t reach = block.reach(sequence, t);
      if (reach > 0) {
        multiply(results.h + block.begin * size, size, false, kernel, product, width, reach, false, nullptr, nullptr);
      }
      for (std::int64_t i = 0; i < block.count; ++i) {
        const std::int64_t row = block.begin + i;
        const std::int64_t at = sequence.at(row, t);
        if (!sequence.alive(row, t)) {
          clear(results.output + at * size, size);
          continue;
        }
        float* sum = sums + at * width;
        steps.lstm_forward({size, sum, product + i * width, inputs.peepholes, inputs.plain_output,
                            results.c + row * size, results.h + row * size, results.output + at * size,
                            training ? sum : nullptr, training ? cells + at * size : nullptr});
      }
    }
  });
}

void lstm_backward(const LstmInputs& inputs, const LstmUpstream& upstream, const LstmGradients& gradients,
                   Workspace& workspace, ThreadPool* pool) {
  const Sequence& sequence = inputs.sequence;
  const std::int64_t size = sequence.size;
  const std::int64_t width = 4 * size;
  const std::int64_t rows = sequence.rows();
  pool = worthwhile(pool, sequence, 4);
  workspace.reset();
  const std::vector<RowBlock> blocks = row_blocks(sequence.batch, pool);
  const std::int64_t block_count = static_cast<std::int64_t>(blocks.size());
  const float* gates = upstream.saved;
  const float* cells = upstream.saved + rows * width;
  float* d_sums = workspace.take(rows * width);
  float* previous_h = workspace.take(rows * size);
  float* d_biases = workspace.take(block_count * width);
  float* d_peepholes = workspace.take(block_count * 3 * size);
  clear(d_biases, block_count * width);
  clear(d_peepholes, block_count * 3 * size);
  const PackedMatrix kernel = pack(inputs.recurrent_kernel, width, size, width, true);  // Uᵀ
  const StepTable& steps = step_table();
  copy(gradients.h, upstream.d_h, sequence.batch * size);
  copy(gradients.c, upstream.d_c, sequence.batch * size);

  run_blocks(blocks, pool, [&](const RowBlock& block) {
    float* d_bias = d_biases + block.index * width;
    float* d_peephole = inputs.peepholes == nullptr ? nullptr : d_peepholes + block.index * 3 * size;
    for (std::int64_t order = sequence.time - 1; order >= 0; --order) {
      const std::int64_t t = sequence.step(order);
      for (std::int64_t i = 0; i < block.count; ++i) {
        const std::int64_t row = block.begin + i;
        const std::int64_t at = sequence.at(row, t);
        if (!sequence.alive(row, t)) {
          clear(d_sums + at * width, width);
          clear(previous_h + at * size, size);
          continue;
        }
        copy(previous_h + at * size, sequence.previous(upstream.output, inputs.h, row, t), size);
        steps.lstm_backward({size, gates + at * width, cells + at * size,
                             sequence.previous(cells, inputs.c, row, t), upstream.d_output + at * size,
                             inputs.peepholes, inputs.plain_output, gradients.h + row * size,
                             gradients.c + row * size, d_sums + at * width, d_peephole});
        steps.add(d_bias, d_sums + at * width, width);
      }
      const std::int64_t reach = block.reach(sequence, t);
      if (reach == 0) continue;
      // Rows that have ended have zeros in d_sums, so adding their product leaves dh as it is.
      multiply(d_sums + sequence.at(block.begin, t) * width, sequence.time * width, false, kernel,
               gradients.h + block.begin * size, size, reach, true, nullptr, nullptr);
    }
  });

  sum_blocks(d_biases, block_count, width, gradients.bias);
  if (inputs.peepholes != nullptr) sum_blocks(d_peepholes, block_count, 3 * size, gradients.peepholes);
  gemm(false, true, rows, sequence.input_size, width, d_sums, width, inputs.input_kernel, width, gradients.input,
       sequence.input_size, false, nullptr, pool);
  gemm(true, false, sequence.input_size, width, rows, inputs.input, sequence.input_size, d_sums, width,
       gradients.input_kernel, width, false, nullptr, pool);
  gemm(true, false, size, width, rows, previous_h, size, d_sums, width, gradients.recurrent_kernel, width, false,
       nullptr, pool);
}

}  // namespace timestep
