// Whole recurrent sequences for JavaScript. Each entry point takes one object; recurrent-addon.ts names its fields.

#include <napi.h>

#include <exception>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "arguments.h"
#include "recurrent_elman.h"
#include "recurrent_gru.h"
#include "recurrent_lstm.h"

namespace timestep {

void register_recurrent(Napi::Env env, Napi::Object exports);

namespace {

/**
 * The fields of the one argument. All are taken out before the first is looked into: taking a field out may run
 * JavaScript, which could give the memory of another one away.
 */
class Fields {
 public:
  Fields(const Napi::CallbackInfo& info, std::initializer_list<const char*> names) : env_(info.Env()) {
    count_arguments(info, 1);
    if (!info[0].IsObject()) refuse(env_, "expected an object");
    const Napi::Object object = info[0].As<Napi::Object>();
    for (const char* name : names) values_[name] = object.Get(name);
  }

  Napi::Env env() const { return env_; }
  bool has(const char* name) const { return !value(name).IsUndefined(); }
  bool flag(const char* name) const { return timestep::flag(value(name), name); }
  std::int64_t size(const char* name) const { return whole(value(name), name, 1, (std::int64_t{1} << 24)); }
  std::string text(const char* name) const {
    if (!value(name).IsString()) refuse(env_, std::string(name) + " must be a string");
    return value(name).As<Napi::String>().Utf8Value();
  }

  const float* input(const char* name, std::int64_t size) {
    read_.push_back({floats(value(name), name, size), name});
    return read_.back().span.data;
  }
  /** Null where the field is undefined. */
  const float* optional_input(const char* name, std::int64_t size) { return has(name) ? input(name, size) : nullptr; }

  /** Refused when it shares memory with another result; `inputs_apart` sees to the inputs. */
  float* output(const char* name, std::int64_t size) {
    const Named result{floats(value(name), name, size), name};
    for (const Named& other : written_) apart(env_, result.span, other.span, other.name);
    written_.push_back(result);
    return result.span.data;
  }

  /** Refuses results that share memory with an input; call it after the last field. */
  void inputs_apart() const {
    for (const Named& result : written_) {
      for (const Named& given : read_) apart(env_, result.span, given.span, given.name);
    }
  }

  Sequence sequence() const {
    Sequence sequence{size("batch"), size("time"), size("inputSize"), size("hiddenSize"), nullptr, flag("reverse")};
    volume(env_, sequence.batch, sequence.time, 8 * sequence.size);
    volume(env_, sequence.batch, sequence.time, sequence.input_size);
    const Span<std::int32_t> lengths = integers(value("lengths"), "lengths", sequence.batch);
    for (std::int64_t row = 0; row < sequence.batch; ++row) {
      if (lengths.data[row] < 0 || lengths.data[row] > sequence.time) refuse(env_, "a length is not from 0 to time");
    }
    sequence.lengths = lengths.data;
    return sequence;
  }

 private:
  struct Named {
    Span<float> span;
    const char* name;
  };

  const Napi::Value& value(const char* name) const { return values_.at(name); }

  Napi::Env env_;
  std::map<std::string, Napi::Value> values_;
  std::vector<Named> read_, written_;
};

/** One for each thread that runs JavaScript. */
Workspace& workspace() {
  thread_local Workspace kept;
  return kept;
}

std::int64_t kernel_size(const Fields& fields, std::int64_t rows, std::int64_t gates, std::int64_t size) {
  return volume(fields.env(), rows, gates * size);
}

#define TIMESTEP_COMMON_FIELDS                                                                                        \
  "batch", "time", "inputSize", "hiddenSize", "lengths", "reverse", "input", "inputKernel", "recurrentKernel", "bias", \
      "h", "output"
#define TIMESTEP_GRADIENT_FIELDS "dOutput", "dFinalH", "dInput", "dInputKernel", "dRecurrentKernel", "dBias", "dH"

LstmInputs lstm_inputs(Fields& fields) {
  const Sequence at = fields.sequence();
  const std::int64_t state = at.batch * at.size;
  return {at,
          fields.input("input", at.rows() * at.input_size),
          fields.input("inputKernel", kernel_size(fields, at.input_size, 4, at.size)),
          fields.input("recurrentKernel", kernel_size(fields, at.size, 4, at.size)),
          fields.input("bias", 4 * at.size),
          fields.input("h", state),
          fields.input("c", state),
          fields.optional_input("peepholes", 3 * at.size),
          fields.flag("plainOutput")};
}

Napi::Value lstm_forward_entry(const Napi::CallbackInfo& info) {
  Fields fields(info, {TIMESTEP_COMMON_FIELDS, "c", "peepholes", "plainOutput", "finalH", "finalC", "saved"});
  const LstmInputs inputs = lstm_inputs(fields);
  const Sequence& at = inputs.sequence;
  const LstmResults results{fields.output("output", at.rows() * at.size), fields.output("finalH", at.batch * at.size),
                            fields.output("finalC", at.batch * at.size),
                            fields.has("saved") ? fields.output("saved", lstm_saved_size(at)) : nullptr};
  fields.inputs_apart();
  lstm_forward(inputs, results, workspace(), shared_pool().get());
  return info.Env().Undefined();
}

Napi::Value lstm_backward_entry(const Napi::CallbackInfo& info) {
  Fields fields(info, {TIMESTEP_COMMON_FIELDS, TIMESTEP_GRADIENT_FIELDS, "c", "peepholes", "plainOutput", "saved",
                       "dFinalC", "dC", "dPeepholes"});
  const LstmInputs inputs = lstm_inputs(fields);
  const Sequence& at = inputs.sequence;
  const std::int64_t state = at.batch * at.size;
  const LstmUpstream upstream{fields.input("output", at.rows() * at.size), fields.input("saved", lstm_saved_size(at)),
                              fields.input("dOutput", at.rows() * at.size), fields.input("dFinalH", state),
                              fields.input("dFinalC", state)};
  const LstmGradients gradients{
      fields.output("dInput", at.rows() * at.input_size),
      fields.output("dInputKernel", kernel_size(fields, at.input_size, 4, at.size)),
      fields.output("dRecurrentKernel", kernel_size(fields, at.size, 4, at.size)),
      fields.output("dBias", 4 * at.size),
      fields.output("dH", state),
      fields.output("dC", state),
      inputs.peepholes == nullptr ? nullptr : fields.output("dPeepholes", 3 * at.size)};
  fields.inputs_apart();
  lstm_backward(inputs, upstream, gradients, workspace(), shared_pool().get());
  return info.Env().Undefined();
}

GruInputs gru_inputs(Fields& fields) {
  const Sequence at = fields.sequence();
  const std::string name = fields.text("reset");
  if (name != "before" && name != "after" && name != "none") {
    refuse(fields.env(), "reset must be before, after or none");
  }
  const GruReset reset = name == "before" ? GruReset::before : name == "after" ? GruReset::after : GruReset::none;
  const std::int64_t gates = reset == GruReset::none ? 2 : 3;
  return {at,
          fields.input("input", at.rows() * at.input_size),
          fields.input("inputKernel", kernel_size(fields, at.input_size, gates, at.size)),
          fields.input("recurrentKernel", kernel_size(fields, at.size, gates, at.size)),
          fields.input("bias", gates * at.size),
          fields.input("h", at.batch * at.size),
          reset == GruReset::after ? fields.input("candidateBias", at.size) : nullptr,
          reset};
}

Napi::Value gru_forward_entry(const Napi::CallbackInfo& info) {
  Fields fields(info, {TIMESTEP_COMMON_FIELDS, "candidateBias", "reset", "finalH", "saved"});
  const GruInputs inputs = gru_inputs(fields);
  const Sequence& at = inputs.sequence;
  const GruResults results{fields.output("output", at.rows() * at.size), fields.output("finalH", at.batch * at.size),
                           fields.has("saved") ? fields.output("saved", gru_saved_size(at, inputs.reset)) : nullptr};
  fields.inputs_apart();
  gru_forward(inputs, results, workspace(), shared_pool().get());
  return info.Env().Undefined();
}

Napi::Value gru_backward_entry(const Napi::CallbackInfo& info) {
  Fields fields(info, {TIMESTEP_COMMON_FIELDS, TIMESTEP_GRADIENT_FIELDS, "candidateBias", "reset", "saved",
                       "dCandidateBias"});
  const GruInputs inputs = gru_inputs(fields);
  const Sequence& at = inputs.sequence;
  const std::int64_t state = at.batch * at.size;
  const GruUpstream upstream{fields.input("output", at.rows() * at.size),
                             fields.input("saved", gru_saved_size(at, inputs.reset)),
                             fields.input("dOutput", at.rows() * at.size), fields.input("dFinalH", state)};
  const GruGradients gradients{
      fields.output("dInput", at.rows() * at.input_size),
      fields.output("dInputKernel", kernel_size(fields, at.input_size, inputs.gates(), at.size)),
      fields.output("dRecurrentKernel", kernel_size(fields, at.size, inputs.gates(), at.size)),
      fields.output("dBias", inputs.gates() * at.size),
      fields.output("dH", state),
      inputs.reset == GruReset::after ? fields.output("dCandidateBias", at.size) : nullptr};
  fields.inputs_apart();
  gru_backward(inputs, upstream, gradients, workspace(), shared_pool().get());
  return info.Env().Undefined();
}

ElmanInputs elman_inputs(Fields& fields) {
  const Sequence at = fields.sequence();
  return {at,
          fields.input("input", at.rows() * at.input_size),
          fields.input("inputKernel", kernel_size(fields, at.input_size, 1, at.size)),
          fields.input("recurrentKernel", kernel_size(fields, at.size, 1, at.size)),
          fields.input("bias", at.size),
          fields.input("h", at.batch * at.size),
          fields.flag("relu")};
}

Napi::Value elman_forward_entry(const Napi::CallbackInfo& info) {
  Fields fields(info, {TIMESTEP_COMMON_FIELDS, "relu", "finalH"});
  const ElmanInputs inputs = elman_inputs(fields);
  const Sequence& at = inputs.sequence;
  const ElmanResults results{fields.output("output", at.rows() * at.size), fields.output("finalH", at.batch * at.size)};
  fields.inputs_apart();
  elman_forward(inputs, results, workspace(), shared_pool().get());
  return info.Env().Undefined();
}

Napi::Value elman_backward_entry(const Napi::CallbackInfo& info) {
  Fields fields(info, {TIMESTEP_COMMON_FIELDS, TIMESTEP_GRADIENT_FIELDS, "relu"});
  const ElmanInputs inputs = elman_inputs(fields);
  const Sequence& at = inputs.sequence;
  const std::int64_t state = at.batch * at.size;
  const ElmanUpstream upstream{fields.input("output", at.rows() * at.size),
                               fields.input("dOutput", at.rows() * at.size), fields.input("dFinalH", state)};
  const ElmanGradients gradients{fields.output("dInput", at.rows() * at.input_size),
                                 fields.output("dInputKernel", kernel_size(fields, at.input_size, 1, at.size)),
                                 fields.output("dRecurrentKernel", kernel_size(fields, at.size, 1, at.size)),
                                 fields.output("dBias", at.size), fields.output("dH", state)};
  fields.inputs_apart();
  elman_backward(inputs, upstream, gradients, workspace(), shared_pool().get());
  return info.Env().Undefined();
}

/** An exception of C++ (no memory, say) becomes one of JavaScript; Napi::Error passes through as it is. */
template <Napi::Value (*Entry)(const Napi::CallbackInfo&)>
Napi::Value guarded_sequence(const Napi::CallbackInfo& info) {
  try {
    return Entry(info);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& failure) {
    throw Napi::Error::New(info.Env(), failure.what());
  }
}

}  // namespace

void register_recurrent(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, Napi::Value (*entry)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, entry, name));
  };
  add("lstmForward", guarded_sequence<lstm_forward_entry>);
  add("lstmBackward", guarded_sequence<lstm_backward_entry>);
  add("gruForward", guarded_sequence<gru_forward_entry>);
  add("gruBackward", guarded_sequence<gru_backward_entry>);
  add("elmanForward", guarded_sequence<elman_forward_entry>);
  add("elmanBackward", guarded_sequence<elman_backward_entry>);
}

}  // namespace timestep
