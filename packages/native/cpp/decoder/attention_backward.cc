#include <vector>

#include "decoder/attention_decoder.h"
#include "decoder/attention_rows.h"
#include "recurrent/recurrent_steps.h"

namespace timestep {
namespace {

/** Sums that each block gathers for itself, so that the order in which they are added up does not depend on chance. */
struct Gathered {
  float* sums = nullptr;  // [blocks, count]
  std::int64_t count = 0;
  std::int64_t blocks = 0;

  Gathered() = default;
  Gathered(Workspace& workspace, std::int64_t block_count, std::int64_t size)
      : sums(workspace.take(block_count * size)), count(size), blocks(block_count) {
    clear(sums, blocks * count);
  }
  float* of(const DecoderBlock& block) const { return sums + block.index * count; }
  void sum(float* to) const { sum_blocks(sums, blocks, count, to); }
};

/** Whether every row has a memory of its own, in the order of the rows. */
bool memories_apart(const DecoderShape& shape) {
  if (shape.memories != shape.rows) return false;
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    if (shape.memory_of[row] != row) return false;
  }
  return true;
}

/** How many steps lie before their rows' ends and so add to gradients of weights; all of them where each row is empty. */
std::int64_t living_steps(const DecoderShape& shape) {
  std::int64_t steps = 0;
  for (std::int64_t row = 0; row < shape.rows; ++row) steps += shape.lengths[row];
  return steps == 0 ? shape.positions() : steps;
}

class BackwardPass {
 public:
  BackwardPass(const DecoderShape& shape, const DecoderTensors<const float>& in,
               const DecoderResults<const float>& results, const float* saved, const DecoderResults<const float>& up,
               const DecoderTensors<float>& out, Workspace& workspace, std::int64_t height)
      : shape_(shape),
        in_(in),
        given_(results),
        made_(shape, saved, results),
        up_(up),
        out_(out),
        apart_(memories_apart(shape)),
        workspace_(&workspace),
        height_(height) {}

  void open(ThreadPool* pool) {
    const std::int64_t size = shape_.size, width = shape_.width(), positions = shape_.positions();
    const std::int64_t keys = shape_.key_size, values = shape_.value_size, outputs = shape_.output_size;
    const auto steps = [&](std::int64_t columns) { return workspace_->take(positions * columns); };
    const auto gathered = [&](std::int64_t count) {
      return Gathered(*workspace_, (shape_.rows + height_ - 1) / height_, count);
    };
    d_sums_ = steps(width);
    d_products_ = shape_.lstm() ? d_sums_ : steps(width);
    previous_h_ = steps(size);
    d_context_ = steps(values);
    d_scores_ = steps(shape_.places);
    d_query_ = steps(keys);
    d_bias_ = gathered(width);
    if (!shape_.lstm()) d_candidate_bias_ = gathered(size);
    if (shape_.additive) d_score_vector_ = gathered(keys);
    if (shape_.after()) {
      d_readout_ = steps(outputs);
      d_hidden_ = steps(size);
      d_readout_bias_ = gathered(outputs);
    }
    if (shape_.feeding) {
      previous_feed_ = steps(outputs);
      clear(out_.feed, shape_.rows * outputs);
    }
    if (shape_.gated) {
      d_gate_ = steps(values);
      d_gate_bias_ = gathered(values);
    }
    // A memory that several rows look at gets what each of them adds to it only after all have done so.
    d_values_ = apart_ ? out_.values : workspace_->take(shape_.rows * shape_.places * values);
    d_keys_ = apart_ ? out_.keys : workspace_->take(shape_.rows * shape_.places * keys);
    pack(pool);
    copy(out_.h, up_.h, shape_.rows * size);
    if (shape_.lstm()) copy(out_.c, up_.c, shape_.rows * size);
  }

  void loop(const DecoderBlock& block) {
    clear_ended(block);
    if (shape_.after() && !shape_.feeding) {
      read_out_back(block, block.all_steps(shape_));
      attend_after_back(block, block.all_steps(shape_));
    }
    for (std::int64_t t = shape_.time - 1; t >= 0; --t) {
      const DecoderSpan span = block.step(shape_, t);
      if (span.count == 0) continue;
      if (shape_.feeding) {
        read_out_back(block, span);
        attend_after_back(block, span);
      }
      step_cells_back(block, span, t);
      if (!shape_.after()) attend_before_back(block, span);
    }
    for (std::int64_t row = block.begin; row < block.begin + block.count; ++row) memory_back(row);
  }

  void close(ThreadPool* pool) {
    const std::int64_t size = shape_.size, width = shape_.width(), steps = living_steps(shape_);
    const std::int64_t embedding = shape_.embedding, fed = shape_.fed(), values = shape_.value_size;
    const auto packed = [&](const float* right, std::int64_t columns) {
      return workspace_->pack(right, steps, columns, columns, false, pool);
    };
    const auto transposed_times = [&](const float* left, std::int64_t rows, PackedView right, float* to) {
      multiply(left, rows, true, right, to, right.n, rows, false, nullptr, pool);
    };
    const float* sums = living(d_sums_, width);
    embedded_back(sums, steps, pool);
    const PackedView d_sums = packed(sums, width);
    transposed_times(living(in_.embedded, embedding), embedding, d_sums, out_.input_kernel);
    if (fed > 0) {
      transposed_times(living(shape_.after() ? previous_feed_ : made_.contexts, fed), fed, d_sums,
                       out_.input_kernel + embedding * width);
    }
    const float* previous_h = living(previous_h_, size);
    const PackedView d_products = shape_.lstm() ? d_sums : packed(living(d_products_, width), width);
    transposed_times(previous_h, size, d_products, out_.recurrent_kernel);
    d_bias_.sum(out_.bias);
    if (!shape_.lstm()) d_candidate_bias_.sum(out_.candidate_bias);
    const float* hidden = shape_.after() ? living(made_.hidden, size) : nullptr;
    if (shape_.additive) {
      transposed_times(shape_.after() ? hidden : previous_h, size,
                       packed(living(d_query_, shape_.key_size), shape_.key_size), out_.query_kernel);
      d_score_vector_.sum(out_.score_vector);
    }
    if (shape_.after()) {
      const PackedView d_readout = packed(living(d_readout_, shape_.output_size), shape_.output_size);
      transposed_times(hidden, size, d_readout, out_.hidden_readout);
      transposed_times(living(made_.contexts, values), values, d_readout, out_.context_readout);
      d_readout_bias_.sum(out_.readout_bias);
    }
    if (shape_.gated) {
      transposed_times(previous_h, size, packed(living(d_gate_, values), values), out_.gate_kernel);
      d_gate_bias_.sum(out_.gate_bias);
    }
    if (!apart_) {
      sum_memories(d_values_, shape_.places * values, out_.values);
      sum_memories(d_keys_, shape_.places * shape_.key_size, out_.keys);
    }
  }

 private:
  std::int64_t row_of(std::int64_t position) const { return position / shape_.time; }
  bool alive(std::int64_t position) const { return shape_.alive(row_of(position), position % shape_.time); }
  /** The steps of all rows one behind another without those that have ended, [living steps, columns]. */
  const float* living(const float* steps, std::int64_t columns) const {
    if (living_steps(shape_) == shape_.positions()) return steps;
    float* kept = workspace_->take(living_steps(shape_) * columns);
    float* to = kept;
    for (std::int64_t row = 0; row < shape_.rows; ++row) {
      const std::int64_t count = shape_.lengths[row] * columns;
      copy(to, steps + shape_.at(row, 0) * columns, count);
      to += count;
    }
    return kept;
  }
  /** The gradient of what was embedded, from those of the living steps' sums; zeros where rows have ended. */
  void embedded_back(const float* sums, std::int64_t steps, ThreadPool* pool) const {
    const std::int64_t width = shape_.width(), embedding = shape_.embedding;
    const bool all = steps == shape_.positions();
    float* products = all ? out_.embedded : workspace_->take(steps * embedding);
    gemm(false, true, steps, embedding, width, sums, width, in_.input_kernel, width, products, embedding, false,
         nullptr, pool);
    if (all) return;
    for (std::int64_t row = 0; row < shape_.rows; ++row) {
      const std::int64_t count = shape_.lengths[row] * embedding;
      float* to = out_.embedded + shape_.at(row, 0) * embedding;
      copy(to, products, count);
      clear(to + count, shape_.time * embedding - count);
      products += count;
    }
  }
  /** The states that the queries were made of, [B, T, H]. */
  const float* queried() const { return shape_.after() ? made_.hidden : previous_h_; }

  /** The weights as the loop reads them: each turned over. */
  void pack(ThreadPool* pool) {
    const std::int64_t size = shape_.size, width = shape_.width();
    const auto turned = [&](const float* weights, std::int64_t from, std::int64_t to) {
      return StepKernel(*workspace_, weights, to, from, to, true, shape_.time, height_, pool);
    };
    recurrent_ = turned(in_.recurrent_kernel, size, width);
    if (shape_.fed() > 0) fed_ = turned(in_.input_kernel + shape_.embedding * width, shape_.fed(), width);
    if (shape_.additive) query_ = turned(in_.query_kernel, size, shape_.key_size);
    if (shape_.after()) {
      hidden_readout_ = turned(in_.hidden_readout, size, shape_.output_size);
      context_readout_ = turned(in_.context_readout, shape_.value_size, shape_.output_size);
    }
    if (shape_.gated) gate_ = turned(in_.gate_kernel, size, shape_.value_size);
  }

  /** Zeros where rows have ended, in all that the weights' gradients are products of; only living steps are written. */
  void clear_ended(const DecoderBlock& block) const {
    for (std::int64_t row = block.begin; row < block.begin + block.count; ++row) {
      const std::int64_t from = shape_.at(row, shape_.lengths[row]), count = shape_.time - shape_.lengths[row];
      const auto clear_part = [&](float* part, std::int64_t columns) {
        if (part != nullptr) clear(part + from * columns, count * columns);
      };
      clear_part(d_sums_, shape_.width());
      clear_part(d_products_, shape_.width());
      clear_part(previous_h_, shape_.size);
      clear_part(d_query_, shape_.key_size);
      clear_part(d_readout_, shape_.output_size);
      clear_part(previous_feed_, shape_.output_size);
      clear_part(d_gate_, shape_.value_size);
      if (shape_.additive) {
        clear(d_keys_ + row * shape_.places * shape_.key_size, shape_.places * shape_.key_size);
      }
    }
  }

  void read_out_back(const DecoderBlock& block, const DecoderSpan& span) const {
    const std::int64_t outputs = shape_.output_size;
    for (std::int64_t i = 0; i < span.count; ++i) {
      const std::int64_t position = span.at(i), at = position * outputs;
      if (!alive(position)) continue;
      float* d_feed = shape_.feeding ? out_.feed + row_of(position) * outputs : nullptr;
      attention_table().readout_backward(given_.outputs + at, up_.outputs + at, d_feed, d_readout_ + at, outputs);
      attention_table().add(d_readout_bias_.of(block), d_readout_ + at, outputs);
    }
    const float* from = d_readout_ + span.first * outputs;
    hidden_readout_.multiply(from, span.apart * outputs, d_hidden_ + span.first * shape_.size,
                             span.apart * shape_.size, span.count, false);
    context_readout_.multiply(from, span.apart * outputs, d_context_ + span.first * shape_.value_size,
                              span.apart * shape_.value_size, span.count, false);
  }

  void attend_after_back(const DecoderBlock& block, const DecoderSpan& span) const {
    for (std::int64_t i = 0; i < span.count; ++i) {
      if (alive(span.at(i))) attend_back(block, span.at(i));
    }
    query_back(span, d_hidden_ + span.first * shape_.size, span.apart * shape_.size);
  }

  /** From the gradient of a step's context to those of its query and of the keys of an additive score. */
  void attend_back(const DecoderBlock& block, std::int64_t position) const {
    const std::int64_t memory = shape_.memory_of[row_of(position)];
    const std::int64_t keys = shape_.key_size, values = shape_.value_size, at = position * shape_.places;
    const AttentionRow row{shape_.memory_lengths[memory],
                           keys,
                           values,
                           in_.keys + memory * shape_.places * keys,
                           in_.values + memory * shape_.places * values,
                           shape_.additive ? made_.queries + position * keys : queried() + position * shape_.size,
                           in_.score_vector};
    attention_table().backward(row, {given_.alignments + at, up_.alignments + at, d_context_ + position * values,
                                     d_scores_ + at, d_query_ + position * keys,
                                     shape_.additive ? d_score_vector_.of(block) : nullptr,
                                     d_keys_ + row_of(position) * shape_.places * keys});
  }

  /** Adds what the queries pass on to the states that they were made of; rows that have ended have zeros there. */
  void query_back(const DecoderSpan& span, float* d_states, std::int64_t apart) const {
    const std::int64_t keys = shape_.key_size;
    if (shape_.additive) {
      query_.multiply(d_query_ + span.first * keys, span.apart * keys, d_states, apart, span.count, true);
      return;
    }
    for (std::int64_t i = 0; i < span.count; ++i) {
      attention_table().add(d_states + i * apart, d_query_ + span.at(i) * keys, keys);
    }
  }

  void step_cells_back(const DecoderBlock& block, const DecoderSpan& span, std::int64_t t) const {
    const std::int64_t size = shape_.size, width = shape_.width();
    for (std::int64_t i = 0; i < span.count; ++i) {
      const std::int64_t position = span.at(i);
      if (!alive(position)) continue;
      step_cell_back(block.begin + i, position, t);
      attention_table().add(d_bias_.of(block), d_sums_ + position * width, width);
      if (!shape_.lstm()) {
        attention_table().add(d_candidate_bias_.of(block), d_products_ + position * width + 2 * size, size);
      }
    }
    // Rows that have ended have zeros here, so adding their product leaves the gradient of their state as it is.
    recurrent_.multiply(d_products_ + span.first * width, span.apart * width, out_.h + block.begin * size, size,
                        span.count, true);
    if (shape_.feeding) {
      fed_.multiply(d_sums_ + span.first * width, span.apart * width, out_.feed + block.begin * shape_.output_size,
                    shape_.output_size, span.count, true);
    }
  }

  /** d_sums, of x·W + b, and d_products, of h'·U: the same but for a GRU's candidate, whose product is reset. */
  void step_cell_back(std::int64_t row, std::int64_t position, std::int64_t t) const {
    const std::int64_t size = shape_.size, width = shape_.width(), outputs = shape_.output_size;
    const auto previous = [&](const float* steps, const float* initial, std::int64_t columns) {
      return t == 0 ? initial + row * columns : steps + (position - 1) * columns;
    };
    float* previous_h = previous_h_ + position * size;
    copy(previous_h, previous(made_.hidden, in_.h, size), size);
    if (shape_.feeding) copy(previous_feed_ + position * outputs, previous(given_.outputs, in_.feed, outputs), outputs);
    const float* gates = made_.gates + position * width;
    const float* carried = made_.carried + position * size;
    const float* d_output = (shape_.after() ? d_hidden_ : up_.hidden) + position * size;
    float* d_sums = d_sums_ + position * width;
    if (shape_.lstm()) {
      step_table().lstm_backward({size, gates, carried, previous(made_.carried, in_.c, size), d_output, nullptr, false,
                                  out_.h + row * size, out_.c + row * size, d_sums, nullptr});
      return;
    }
    float* d_products = d_products_ + position * width;
    step_table().gru_after_backward({size, gates, carried, previous_h, d_output, nullptr, out_.h + row * size, d_sums,
                                     d_products + 2 * size, nullptr});
    copy(d_products, d_sums, 2 * size);
  }

  /** From the sums of the cells through context, gate and attention to the old states. */
  void attend_before_back(const DecoderBlock& block, const DecoderSpan& span) const {
    const std::int64_t width = shape_.width(), values = shape_.value_size;
    float* dh = out_.h + block.begin * shape_.size;
    fed_.multiply(d_sums_ + span.first * width, span.apart * width, d_context_ + span.first * values,
                  span.apart * values, span.count, false);
    for (std::int64_t i = 0; i < span.count; ++i) {
      const std::int64_t position = span.at(i), at = position * values;
      if (!alive(position)) continue;
      attention_table().add(d_context_ + at, up_.contexts + at, values);
      if (shape_.gated) {
        attention_table().gate_backward({values, made_.raw_context + at, made_.gate + at, d_context_ + at,
                                         d_gate_ + at});
        attention_table().add(d_gate_bias_.of(block), d_gate_ + at, values);
      }
      attend_back(block, position);
    }
    if (shape_.gated) {
      gate_.multiply(d_gate_ + span.first * values, span.apart * values, dh, shape_.size, span.count, true);
    }
    query_back(span, dh, shape_.size);
  }

  /** What one row adds to its memory: over all its steps, alignmentsᵀ·d_context, and for products scoresᵀ·queries. */
  void memory_back(std::int64_t row) const {
    const std::int64_t places = shape_.places, steps = shape_.lengths[row], first = shape_.at(row, 0);
    const std::int64_t length = shape_.memory_lengths[shape_.memory_of[row]];
    const auto gradient = [&](const float* weights, const float* from, std::int64_t columns, float* to) {
      to += row * places * columns;
      const std::int64_t written = steps > 0 ? length : 0;
      gemm(true, false, written, columns, steps, weights + first * places, places, from + first * columns, columns, to,
           columns, false, nullptr, nullptr);
      clear(to + written * columns, (places - written) * columns);
    };
    gradient(given_.alignments, d_context_, shape_.value_size, d_values_);
    if (!shape_.additive) gradient(d_scores_, queried(), shape_.key_size, d_keys_);
  }

  /** Adds up what the rows of each memory gathered, [B, count], in the order of the rows. */
  void sum_memories(const float* gathered, std::int64_t count, float* to) const {
    clear(to, shape_.memories * count);
    for (std::int64_t row = 0; row < shape_.rows; ++row) {
      attention_table().add(to + shape_.memory_of[row] * count, gathered + row * count, count);
    }
  }

  const DecoderShape& shape_;
  const DecoderTensors<const float>& in_;
  const DecoderResults<const float>& given_;
  const DecoderSaved<const float> made_;
  const DecoderResults<const float>& up_;
  const DecoderTensors<float>& out_;  // the gradients of the states, and of what was fed, while the loop runs
  bool apart_;
  Workspace* workspace_;
  std::int64_t height_;
  float* d_sums_ = nullptr;         // [B, T, G·H]
  float* d_products_ = nullptr;     // [B, T, G·H]
  float* previous_h_ = nullptr;     // [B, T, H]
  float* previous_feed_ = nullptr;  // [B, T, O], feeding
  float* d_hidden_ = nullptr;       // [B, T, H], after
  float* d_context_ = nullptr;      // [B, T, M]
  float* d_scores_ = nullptr;       // [B, T, S]
  float* d_query_ = nullptr;        // [B, T, A]
  float* d_readout_ = nullptr;      // [B, T, O], after
  float* d_gate_ = nullptr;         // [B, T, M], gated
  float* d_values_ = nullptr;       // [B, S, M]
  float* d_keys_ = nullptr;         // [B, S, A]
  Gathered d_bias_, d_candidate_bias_, d_score_vector_, d_readout_bias_, d_gate_bias_;
  StepKernel recurrent_, fed_, query_, hidden_readout_, context_readout_, gate_;
};

}  // namespace

void attention_decoder_backward(const DecoderShape& shape, const DecoderTensors<const float>& inputs,
                                const DecoderResults<const float>& results, const float* saved,
                                const DecoderResults<const float>& upstream, const DecoderTensors<float>& gradients,
                                Workspace& workspace, ThreadPool* pool) {
  pool = worthwhile(pool, shape);
  workspace.reset();
  const std::int64_t height = decoder_block_height(shape, pool);
  BackwardPass pass(shape, inputs, results, saved, upstream, gradients, workspace, height);
  run_decoder(pass, shape, height, pool);
}

}  // namespace timestep
