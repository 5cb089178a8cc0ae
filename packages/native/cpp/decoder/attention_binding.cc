// The attention decoder for JavaScript. Each entry point takes one object; attention-decoder-addon.ts names its fields.

#include <napi.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "decoder/attention_decoder.h"
#include "recurrent/recurrent_call.h"
#include "support/guarded.h"

namespace timestep {

void register_attention_decoder(Napi::Env env, Napi::Object exports);

namespace {

/** The values of a list, taken out but not looked into yet. */
std::vector<Napi::Value> taken(const Fields& fields, const char* name) {
  const Napi::Value& value = fields.value(name);
  if (!value.IsArray()) refuse(fields.env(), std::string(name) + " must be a list");
  const Napi::Array list = value.As<Napi::Array>();
  std::vector<Napi::Value> values;
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(list.Length(), 64); ++i) values.push_back(list.Get(i));
  return values;
}

/**
 * One call. All fields and the elements of all lists are taken out before the first is looked into: taking one out
 * may run JavaScript, which could give the memory of another one away.
 */
class DecoderCall {
 public:
  explicit DecoderCall(const Napi::CallbackInfo& info, std::initializer_list<const char*> lists) : fields_(all(info)) {
    for (const char* name : lists) lists_.emplace_back(name, taken(fields_, name));
    shape_ = read_shape();
  }

  const DecoderShape& shape() const { return shape_; }
  bool has(const char* name) const { return fields_.has(name); }

  /** Sets each part that the form has, DecoderTensors or DecoderResults, from a list; all must be there. */
  template <typename Parts>
  void given(const char* list, Parts& parts) {
    read(list, parts, given_);
  }
  template <typename Parts>
  void written(const char* list, Parts& parts) {
    read(list, parts, written_);
  }
  float* saved(bool is_written) {
    const Span<float> span = floats(fields_.value("saved"), "saved", decoder_saved_size(shape_));
    (is_written ? written_ : given_).push_back({span, "saved"});
    return span.data;
  }

  /** Sets the kernels that were packed before; each that the form has is an array or undefined. */
  void packed(DecoderPacked& views) {
    const std::vector<Napi::Value>& values = list("packed");
    std::size_t next = 0;
    views.each(shape_, [&](const char* name, PackedView& view, std::int64_t k, std::int64_t n) {
      if (next == values.size()) refuse(fields_.env(), std::string("packed ends before ") + name);
      const Napi::Value& value = values[next++];
      if (value.IsUndefined()) return;
      given_.push_back({floats(value, name, packed_size(k, n)), name});
      view = {given_.back().span.data, k, n, 0};
    });
    if (next != values.size()) refuse(fields_.env(), "packed must be " + std::to_string(next));
  }

  /** Refuses results that share memory with an input or with each other. */
  void check_apart() const {
    for (std::size_t i = 0; i < written_.size(); ++i) {
      for (const Named& other : given_) apart(fields_.env(), written_[i].span, other.span, other.name);
      for (std::size_t j = 0; j < i; ++j) apart(fields_.env(), written_[i].span, written_[j].span, written_[j].name);
    }
  }

 private:
  struct Named {
    Span<float> span;
    const char* name;
  };

  static Fields all(const Napi::CallbackInfo& info) {
    count_arguments(info, 1);
    return Fields(info[0], {"cell", "attend", "score", "feeding", "gated", "rows", "time", "memories", "places",
                            "embeddingSize", "hiddenSize", "valueSize", "keySize", "outputSize", "lengths",
                            "memoryLengths", "memoryOf", "inputs", "results", "upstream", "gradients", "saved", "packed"});
  }

  /** Which of two words a field holds. */
  bool is(const char* name, const char* word, const char* other) const {
    const std::string text = fields_.text(name);
    if (text != word && text != other) {
      refuse(fields_.env(), std::string(name) + " must be " + word + " or " + other);
    }
    return text == word;
  }

  /** Whole numbers from `least` to `most`. */
  const std::int32_t* numbers(const char* name, std::int64_t size, std::int64_t least, std::int64_t most) {
    const Span<std::int32_t> span = integers(fields_.value(name), name, size);
    for (std::int64_t i = 0; i < size; ++i) {
      if (span.data[i] < least || span.data[i] > most) {
        refuse(fields_.env(), std::string(name) + " must be from " + std::to_string(least) + " to " +
                                  std::to_string(most) + ", got " + std::to_string(span.data[i]));
      }
    }
    // Both have four bytes.
    given_.push_back({{reinterpret_cast<float*>(span.data), span.size}, name});
    return span.data;
  }

  DecoderShape read_shape() {
    DecoderShape shape{};
    shape.cell = is("cell", "lstm", "gru") ? DecoderCell::lstm : DecoderCell::gru;
    shape.attends = is("attend", "after", "before") ? DecoderAttends::after : DecoderAttends::before;
    shape.additive = is("score", "additive", "dot");
    shape.feeding = fields_.flag("feeding");
    shape.gated = fields_.flag("gated");
    if (shape.feeding && !shape.after()) refuse(fields_.env(), "feeding needs attention after the cell");
    if (shape.gated && shape.after()) refuse(fields_.env(), "a gate needs attention before the cell");
    shape.rows = fields_.size("rows");
    shape.time = fields_.size("time");
    shape.memories = fields_.size("memories");
    shape.places = fields_.size("places");
    shape.embedding = fields_.size("embeddingSize");
    shape.size = fields_.size("hiddenSize");
    shape.value_size = fields_.size("valueSize");
    shape.key_size = fields_.size("keySize");
    if (shape.after()) shape.output_size = fields_.size("outputSize");
    if (!shape.additive && shape.key_size != shape.size) {
      refuse(fields_.env(), "keys of a dot score must be as wide as the state, " + std::to_string(shape.size));
    }
    // What all products of sizes below stay under.
    const std::int64_t widest = 8 * shape.size + shape.embedding + 3 * shape.value_size + shape.key_size +
                                shape.output_size + shape.places;
    volume(fields_.env(), shape.rows, shape.time, widest);
    volume(fields_.env(), std::max(shape.rows, shape.memories), shape.places, widest);
    volume(fields_.env(), widest, widest);
    shape.lengths = numbers("lengths", shape.rows, 0, shape.time);
    shape.memory_lengths = numbers("memoryLengths", shape.memories, 0, shape.places);
    shape.memory_of = numbers("memoryOf", shape.rows, 0, shape.memories - 1);
    return shape;
  }

  const std::vector<Napi::Value>& list(const char* wanted) const {
    for (const auto& [name, taken] : lists_) {
      if (std::strcmp(name, wanted) == 0) return taken;
    }
    throw std::logic_error(std::string("a list that was not taken out: ") + wanted);
  }

  template <typename Parts>
  void read(const char* list_name, Parts& parts, std::vector<Named>& into) {
    const std::vector<Napi::Value>& values = list(list_name);
    std::size_t next = 0;
    parts.each(shape_, [&](const char* name, auto*& part, std::int64_t size) {
      if (next == values.size()) refuse(fields_.env(), std::string(list_name) + " end before " + name);
      into.push_back({floats(values[next++], name, size), name});
      part = into.back().span.data;
    });
    if (next != values.size()) {
      refuse(fields_.env(), std::string(list_name) + " must be " + std::to_string(next) + ", not " +
                                std::to_string(values.size()));
    }
  }

  Fields fields_;
  std::vector<std::pair<const char*, std::vector<Napi::Value>>> lists_;
  std::vector<Named> given_, written_;
  DecoderShape shape_{};
};

/** One for each thread that runs JavaScript. */
Workspace& workspace() {
  thread_local Workspace kept;
  return kept;
}

Napi::Value forward_entry(const Napi::CallbackInfo& info) {
  DecoderCall call(info, {"inputs", "results", "packed"});
  DecoderTensors<const float> inputs;
  DecoderResults<float> results;
  call.given("inputs", inputs);
  call.written("results", results);
  float* saved = call.has("saved") ? call.saved(true) : nullptr;
  DecoderPacked packed;
  call.packed(packed);
  call.check_apart();
  attention_decoder_forward(call.shape(), inputs, results, saved, workspace(), shared_pool().get(), packed);
  return info.Env().Undefined();
}

Napi::Value backward_entry(const Napi::CallbackInfo& info) {
  DecoderCall call(info, {"inputs", "results", "upstream", "gradients"});
  DecoderTensors<const float> inputs;
  DecoderResults<const float> results, upstream;
  DecoderTensors<float> gradients;
  call.given("inputs", inputs);
  call.given("results", results);
  call.given("upstream", upstream);
  call.written("gradients", gradients);
  const float* saved = call.saved(false);
  call.check_apart();
  attention_decoder_backward(call.shape(), inputs, results, saved, upstream, gradients, workspace(),
                             shared_pool().get());
  return info.Env().Undefined();
}

}  // namespace

void register_attention_decoder(Napi::Env env, Napi::Object exports) {
  exports.Set("attentionDecoderForward",
              Napi::Function::New<guarded<forward_entry>>(env, "attentionDecoderForward"));
  exports.Set("attentionDecoderBackward",
              Napi::Function::New<guarded<backward_entry>>(env, "attentionDecoderBackward"));
}

}  // namespace timestep
