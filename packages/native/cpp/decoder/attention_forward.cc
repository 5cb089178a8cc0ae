#include "decoder/attention_decoder.h"
#include "decoder/attention_rows.h"
#include "recurrent/recurrent_steps.h"

namespace timestep {
namespace {

class ForwardPass {
 public:
  ForwardPass(const DecoderShape& shape, const DecoderTensors<const float>& in, const DecoderPacked& packed,
              const DecoderResults<float>& out, float* saved, Workspace& workspace, std::int64_t height)
      : shape_(shape),
        in_(in),
        packed_(packed),
        out_(out),
        made_(shape, saved != nullptr ? saved : workspace.take(decoder_saved_size(shape)), out),
        workspace_(&workspace),
        height_(height) {}

  void open(ThreadPool* pool) {
    const std::int64_t size = shape_.size, width = shape_.width(), embedding = shape_.embedding;
    const auto kernel = [&](PackedView packed, const float* weights, std::int64_t k, std::int64_t n) {
      if (packed.data != nullptr) return StepKernel(packed);
      return StepKernel(*workspace_, weights, k, n, n, false, shape_.time, height_, pool);
    };
    const PackedView whole = packed_.input_kernel;
    const PackedView fed = whole.data == nullptr ? whole : whole.rows(embedding, shape_.fed());
    products_ = workspace_->take(shape_.rows * width);
    if (whole.data != nullptr) {
      multiply(in_.embedded, embedding, false, whole.rows(0, embedding), made_.gates, width, shape_.positions(), false,
               in_.bias, pool);
    } else {
      gemm(false, false, shape_.positions(), width, embedding, in_.embedded, embedding, in_.input_kernel, width,
           made_.gates, width, false, in_.bias, pool);
    }
    recurrent_ = kernel(packed_.recurrent_kernel, in_.recurrent_kernel, size, width);
    if (shape_.fed() > 0) fed_ = kernel(fed, in_.input_kernel + embedding * width, shape_.fed(), width);
    if (shape_.additive) query_ = kernel(packed_.query_kernel, in_.query_kernel, size, shape_.key_size);
    if (shape_.after()) {
      hidden_readout_ = kernel(packed_.hidden_readout, in_.hidden_readout, size, shape_.output_size);
      context_readout_ = kernel(packed_.context_readout, in_.context_readout, shape_.value_size, shape_.output_size);
    }
    if (shape_.gated) gate_ = kernel(packed_.gate_kernel, in_.gate_kernel, size, shape_.value_size);
    copy(out_.h, in_.h, shape_.rows * size);
    if (shape_.lstm()) copy(out_.c, in_.c, shape_.rows * size);
  }

  void loop(const DecoderBlock& block) {
    clear_ended(block);
    for (std::int64_t t = 0; t < shape_.time; ++t) {
      const DecoderSpan span = block.step(shape_, t);
      if (span.count == 0) break;
      if (!shape_.after()) attend_before(block, span);
      step_cells(block, span, t);
      if (shape_.feeding) {
        attend_after(span);
        read_out(span);
      }
    }
    // Nothing of this goes back into the cell, so all steps go through each product at once.
    if (shape_.after() && !shape_.feeding) {
      attend_after(block.all_steps(shape_));
      read_out(block.all_steps(shape_));
    }
  }

  void close(ThreadPool*) {}

 private:
  std::int64_t row_of(std::int64_t position) const { return position / shape_.time; }
  bool alive(std::int64_t position) const { return shape_.alive(row_of(position), position % shape_.time); }

  /** Zeros where rows have ended: in the results, and in what the weights' gradients are products of. */
  void clear_ended(const DecoderBlock& block) const {
    for (std::int64_t row = block.begin; row < block.begin + block.count; ++row) {
      const std::int64_t from = shape_.at(row, shape_.lengths[row]), count = shape_.time - shape_.lengths[row];
      clear(made_.hidden + from * shape_.size, count * shape_.size);
      clear(made_.contexts + from * shape_.value_size, count * shape_.value_size);
      clear(out_.alignments + from * shape_.places, count * shape_.places);
      if (shape_.after()) clear(out_.outputs + from * shape_.output_size, count * shape_.output_size);
    }
  }

  /** Looks over the memory with one query. */
  void attend(std::int64_t position, const float* query) const {
    const std::int64_t memory = shape_.memory_of[row_of(position)];
    const std::int64_t length = shape_.memory_lengths[memory];
    float* alignment = out_.alignments + position * shape_.places;
    const AttentionRow row{length,
                           shape_.key_size,
                           shape_.value_size,
                           in_.keys + memory * shape_.places * shape_.key_size,
                           in_.values + memory * shape_.places * shape_.value_size,
                           shape_.additive ? made_.queries + position * shape_.key_size : query,
                           in_.score_vector};
    attention_table().forward(row, alignment, made_.raw_context + position * shape_.value_size);
    clear(alignment + length, shape_.places - length);
  }

  /** Attention by the old states, whose context the cells then read. */
  void attend_before(const DecoderBlock& block, const DecoderSpan& span) const {
    const float* h = out_.h + block.begin * shape_.size;
    const std::int64_t keys = shape_.key_size, values = shape_.value_size;
    if (shape_.additive) {
      query_.multiply(h, shape_.size, made_.queries + span.first * keys, span.apart * keys, span.count, false);
    }
    if (shape_.gated) {
      gate_.multiply(h, shape_.size, made_.gate + span.first * values, span.apart * values, span.count, false);
    }
    for (std::int64_t i = 0; i < span.count; ++i) {
      const std::int64_t position = span.at(i);
      if (!alive(position)) continue;
      attend(position, h + i * shape_.size);
      if (!shape_.gated) continue;
      const std::int64_t at = position * values;
      attention_table().gate({values, in_.gate_bias, made_.raw_context + at, made_.gate + at, made_.contexts + at});
    }
  }

  void step_cells(const DecoderBlock& block, const DecoderSpan& span, std::int64_t t) const {
    const std::int64_t size = shape_.size, width = shape_.width(), fed = shape_.fed();
    float* h = out_.h + block.begin * size;
    float* products = products_ + block.begin * width;
    if (fed > 0) {
      const float* from = !shape_.after() ? made_.contexts + span.first * fed
                          : t == 0        ? in_.feed + block.begin * fed
                                          : out_.outputs + (span.first - 1) * fed;
      const std::int64_t apart = shape_.after() && t == 0 ? fed : span.apart * fed;
      fed_.multiply(from, apart, made_.gates + span.first * width, span.apart * width, span.count, true);
    }
    recurrent_.multiply(h, size, products, width, span.count, false);
    for (std::int64_t i = 0; i < span.count; ++i) {
      const std::int64_t position = span.at(i);
      if (!alive(position)) continue;
      float* gates = made_.gates + position * width;
      float* carried = made_.carried + position * size;
      float* hidden = made_.hidden + position * size;
      const float* product = products + i * width;
      if (shape_.lstm()) {
        float* c = out_.c + (block.begin + i) * size;
        step_table().lstm_forward({size, gates, product, nullptr, false, c, h + i * size, hidden, gates, carried});
      } else {
        step_table().gru_after_forward({size, gates, product, nullptr, in_.candidate_bias, gates, nullptr, carried,
                                        h + i * size, hidden});
      }
    }
  }

  void attend_after(const DecoderSpan& span) const {
    const float* hidden = made_.hidden + span.first * shape_.size;
    const std::int64_t keys = shape_.key_size;
    if (shape_.additive) {
      query_.multiply(hidden, span.apart * shape_.size, made_.queries + span.first * keys, span.apart * keys,
                      span.count, false);
    }
    for (std::int64_t i = 0; i < span.count; ++i) {
      if (alive(span.at(i))) attend(span.at(i), made_.hidden + span.at(i) * shape_.size);
    }
  }

  void read_out(const DecoderSpan& span) const {
    const std::int64_t size = shape_.size, values = shape_.value_size, outputs = shape_.output_size;
    float* to = out_.outputs + span.first * outputs;
    hidden_readout_.multiply(made_.hidden + span.first * size, span.apart * size, to, span.apart * outputs, span.count,
                             false);
    context_readout_.multiply(made_.contexts + span.first * values, span.apart * values, to, span.apart * outputs,
                              span.count, true);
    for (std::int64_t i = 0; i < span.count; ++i) {
      float* output = out_.outputs + span.at(i) * outputs;
      if (alive(span.at(i))) attention_table().readout(output, in_.readout_bias, outputs);
      else clear(output, outputs);
    }
  }

  const DecoderShape& shape_;
  const DecoderTensors<const float>& in_;
  const DecoderPacked& packed_;
  const DecoderResults<float>& out_;
  const DecoderSaved<float> made_;
  Workspace* workspace_;
  std::int64_t height_;
  float* products_ = nullptr;  // [B, G·H], h'·U
  StepKernel recurrent_, fed_, query_, hidden_readout_, context_readout_, gate_;
};

}  // namespace

void attention_decoder_forward(const DecoderShape& shape, const DecoderTensors<const float>& inputs,
                               const DecoderResults<float>& results, float* saved, Workspace& workspace,
                               ThreadPool* pool, const DecoderPacked& packed) {
  pool = worthwhile(pool, shape);
  workspace.reset();
  const std::int64_t height = decoder_block_height(shape, pool);
  ForwardPass pass(shape, inputs, packed, results, saved, workspace, height);
  run_decoder(pass, shape, height, pool);
}

}  // namespace timestep
