// Whole recurrent sequences for JavaScript. Each entry point takes one object; recurrent-addon.ts names its fields.

#include <napi.h>

#include <cstring>
#include <exception>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/arguments.h"
#include "recurrent/recurrent_elman.h"
#include "recurrent/recurrent_gru.h"
#include "recurrent/recurrent_lstm.h"

namespace timestep {

void register_recurrent(Napi::Env env, Napi::Object exports);

namespace {

/** The fields of one object, taken out but not looked into yet. */
class Fields {
 public:
  Fields(const Napi::Value& from, std::initializer_list<const char*> names) : env_(from.Env()) {
    if (!from.IsObject()) refuse(env_, "expected an object");
    const Napi::Object object = from.As<Napi::Object>();
    values_.reserve(names.size());
    for (const char* name : names) values_.emplace_back(name, object.Get(name));
  }

  Napi::Env env() const { return env_; }
  const Napi::Value& value(const char* name) const {
    for (const auto& [known, value] : values_) {
      if (std::strcmp(known, name) == 0) return value;
    }
    throw std::logic_error(std::string("a field that was not taken out: ") + name);
  }
  bool has(const char* name) const { return !value(name).IsUndefined(); }
  bool flag(const char* name) const { return timestep::flag(value(name), name); }
  std::int64_t size(const char* name) const { return whole(value(name), name, 1, (std::int64_t{1} << 24)); }
  std::string text(const char* name) const {
    if (!value(name).IsString()) refuse(env_, std::string(name) + " must be a string");
    return value(name).As<Napi::String>().Utf8Value();
  }

 private:
  Napi::Env env_;
  std::vector<std::pair<const char*, Napi::Value>> values_;
};

using Names = std::initializer_list<const char*>;

/**
 * One call: the fields that its directions share, and each direction's own. All are taken out before the first is
 * looked into: taking a field out may run JavaScript, which could give the memory of another one away.
 */
class Call {
 public:
  Call(const Napi::CallbackInfo& info, Names own) : shared_(taken(info)) {
    const Napi::Value list = shared_.value("directions");
    if (!list.IsArray()) refuse(info.Env(), "directions must be a list");
    const Napi::Array array = list.As<Napi::Array>();
    if (array.Length() < 1 || array.Length() > 2) refuse(info.Env(), "expected one direction or two");
    for (std::uint32_t i = 0; i < array.Length(); ++i) directions_.emplace_back(array.Get(i), own);
    sequence_ = read_sequence();
  }

  Napi::Env env() const { return shared_.env(); }
  const Fields& shared() const { return shared_; }
  const std::vector<Fields>& directions() const { return directions_; }
  std::int64_t state_size() const { return sequence_.batch * sequence_.size; }
  std::int64_t output_size() const { return sequence_.rows() * sequence_.pitch; }
  std::int64_t input_size() const { return sequence_.rows() * sequence_.input_size; }
  std::int64_t weights(std::int64_t rows, std::int64_t gates) const {
    return volume(env(), rows, gates * sequence_.size);
  }

  /** The batch as one direction runs over it. */
  Sequence sequence(const Fields& direction) const {
    Sequence own = sequence_;
    own.reverse = direction.flag("reverse");
    return own;
  }

  const float* input(const Fields& fields, const char* name, std::int64_t size) {
    read_.push_back({floats(fields.value(name), name, size), name});
    return read_.back().span.data;
  }
  /** Null where the field is undefined. */
  const float* optional_input(const Fields& fields, const char* name, std::int64_t size) {
    return fields.has(name) ? input(fields, name, size) : nullptr;
  }

  /** Refused when it shares memory with another result; `inputs_apart` sees to the inputs. */
  float* output(const Fields& fields, const char* name, std::int64_t size) {
    const Named result{floats(fields.value(name), name, size), name};
    for (const Named& other : written_) apart(env(), result.span, other.span, other.name);
    written_.push_back(result);
    return result.span.data;
  }

  /** Refuses results that share memory with an input; call it after the last field. */
  void inputs_apart() const {
    for (const Named& result : written_) {
      for (const Named& given : read_) apart(env(), result.span, given.span, given.name);
    }
  }

 private:
  struct Named {
    Span<float> span;
    const char* name;
  };

  static Fields taken(const Napi::CallbackInfo& info) {
    count_arguments(info, 1);
    return Fields(info[0], {"batch", "time", "inputSize", "hiddenSize", "lengths", "input", "output", "dOutput",
                            "dInput", "directions"});
  }

  Sequence read_sequence() const {
    const std::int64_t size = shared_.size("hiddenSize");
    Sequence sequence{shared_.size("batch"), shared_.size("time"),
                      shared_.size("inputSize"), size,
                      size * static_cast<std::int64_t>(directions_.size()), nullptr,
                      false};
    volume(env(), sequence.batch, sequence.time, 8 * size);
    volume(env(), sequence.batch, sequence.time, sequence.input_size);
    const Span<std::int32_t> lengths = integers(shared_.value("lengths"), "lengths", sequence.batch);
    for (std::int64_t row = 0; row < sequence.batch; ++row) {
      if (lengths.data[row] < 0 || lengths.data[row] > sequence.time) refuse(env(), "a length is not from 0 to time");
    }
    sequence.lengths = lengths.data;
    return sequence;
  }

  Fields shared_;
  std::vector<Fields> directions_;
  Sequence sequence_{};
  std::vector<Named> read_, written_;
};

/** What directions share, read once: where each finds its own part of the output and what goes with it. */
struct Ends {
  float* output;
  const float* given_output;
  const float* d_output;
  float* d_input;

  static Ends forward(Call& call) {
    return {call.output(call.shared(), "output", call.output_size()), nullptr, nullptr, nullptr};
  }
  static Ends backward(Call& call) {
    return {nullptr, call.input(call.shared(), "output", call.output_size()),
            call.input(call.shared(), "dOutput", call.output_size()),
            call.output(call.shared(), "dInput", call.input_size())};
  }
};

/** One for each thread that runs JavaScript. */
Workspace& workspace() {
  thread_local Workspace kept;
  return kept;
}

#define TIMESTEP_WEIGHTS "reverse", "inputKernel", "recurrentKernel", "bias", "h"
#define TIMESTEP_WEIGHT_GRADIENTS "dFinalH", "dInputKernel", "dRecurrentKernel", "dBias", "dH"

/** What a cell's kernels need to know of a call: its inputs, where results go, and the gradients. */
struct Lstm {
  using Forward = LstmForward;
  using Backward = LstmBackward;
  static constexpr auto forward = lstm_forward;
  static constexpr auto backward = lstm_backward;

  static Names forward_fields() {
    static constexpr Names names = {TIMESTEP_WEIGHTS, "c", "peepholes", "plainOutput", "finalH", "finalC", "saved"};
    return names;
  }
  static Names backward_fields() {
    static constexpr Names names = {TIMESTEP_WEIGHTS, TIMESTEP_WEIGHT_GRADIENTS, "c",  "peepholes",
                                    "plainOutput",    "saved", "dFinalC", "dC", "dPeepholes"};
    return names;
  }

  static LstmInputs inputs(Call& call, const Fields& own, const float* input) {
    const Sequence at = call.sequence(own);
    return {at,
            input,
            call.input(own, "inputKernel", call.weights(at.input_size, 4)),
            call.input(own, "recurrentKernel", call.weights(at.size, 4)),
            call.input(own, "bias", 4 * at.size),
            call.input(own, "h", call.state_size()),
            call.input(own, "c", call.state_size()),
            call.optional_input(own, "peepholes", 3 * at.size),
            own.flag("plainOutput")};
  }

  static LstmResults results(Call& call, const Fields& own, const LstmInputs& inputs, float* output) {
    return {output, call.output(own, "finalH", call.state_size()), call.output(own, "finalC", call.state_size()),
            own.has("saved") ? call.output(own, "saved", lstm_saved_size(inputs.sequence)) : nullptr};
  }

  static LstmUpstream upstream(Call& call, const Fields& own, const LstmInputs& inputs, const float* output,
                               const float* d_output) {
    return {output, call.input(own, "saved", lstm_saved_size(inputs.sequence)), d_output,
            call.input(own, "dFinalH", call.state_size()), call.input(own, "dFinalC", call.state_size())};
  }

  static LstmGradients gradients(Call& call, const Fields& own, const LstmInputs& inputs, float* d_input,
                                 bool accumulate) {
    const Sequence& at = inputs.sequence;
    return {d_input,
            accumulate,
            call.output(own, "dInputKernel", call.weights(at.input_size, 4)),
            call.output(own, "dRecurrentKernel", call.weights(at.size, 4)),
            call.output(own, "dBias", 4 * at.size),
            call.output(own, "dH", call.state_size()),
            call.output(own, "dC", call.state_size()),
            inputs.peepholes == nullptr ? nullptr : call.output(own, "dPeepholes", 3 * at.size)};
  }
};

struct Gru {
  using Forward = GruForward;
  using Backward = GruBackward;
  static constexpr auto forward = gru_forward;
  static constexpr auto backward = gru_backward;

  static Names forward_fields() {
    static constexpr Names names = {TIMESTEP_WEIGHTS, "candidateBias", "reset", "finalH", "saved"};
    return names;
  }
  static Names backward_fields() {
    static constexpr Names names = {TIMESTEP_WEIGHTS, TIMESTEP_WEIGHT_GRADIENTS, "candidateBias", "reset",
                                    "saved",          "dCandidateBias"};
    return names;
  }

  static GruReset reset(const Fields& own) {
    const std::string name = own.text("reset");
    if (name == "before") return GruReset::before;
    if (name == "after") return GruReset::after;
    if (name != "none") refuse(own.env(), "reset must be before, after or none");
    return GruReset::none;
  }

  static GruInputs inputs(Call& call, const Fields& own, const float* input) {
    const Sequence at = call.sequence(own);
    const GruReset form = reset(own);
    // Directions of different forms would not share their number of gates.
    if (form != reset(call.directions().front())) refuse(call.env(), "both directions must have the same reset");
    const std::int64_t gates = form == GruReset::none ? 2 : 3;
    return {at,
            input,
            call.input(own, "inputKernel", call.weights(at.input_size, gates)),
            call.input(own, "recurrentKernel", call.weights(at.size, gates)),
            call.input(own, "bias", gates * at.size),
            call.input(own, "h", call.state_size()),
            form == GruReset::after ? call.input(own, "candidateBias", at.size) : nullptr,
            form};
  }

  static GruResults results(Call& call, const Fields& own, const GruInputs& inputs, float* output) {
    const std::int64_t saved = gru_saved_size(inputs.sequence, inputs.reset);
    return {output, call.output(own, "finalH", call.state_size()),
            own.has("saved") ? call.output(own, "saved", saved) : nullptr};
  }

  static GruUpstream upstream(Call& call, const Fields& own, const GruInputs& inputs, const float* output,
                              const float* d_output) {
    return {output, call.input(own, "saved", gru_saved_size(inputs.sequence, inputs.reset)), d_output,
            call.input(own, "dFinalH", call.state_size())};
  }

  static GruGradients gradients(Call& call, const Fields& own, const GruInputs& inputs, float* d_input,
                                bool accumulate) {
    const Sequence& at = inputs.sequence;
    return {d_input,
            accumulate,
            call.output(own, "dInputKernel", call.weights(at.input_size, inputs.gates())),
            call.output(own, "dRecurrentKernel", call.weights(at.size, inputs.gates())),
            call.output(own, "dBias", inputs.gates() * at.size),
            call.output(own, "dH", call.state_size()),
            inputs.reset == GruReset::after ? call.output(own, "dCandidateBias", at.size) : nullptr};
  }
};

struct Elman {
  using Forward = ElmanForward;
  using Backward = ElmanBackward;
  static constexpr auto forward = elman_forward;
  static constexpr auto backward = elman_backward;

  static Names forward_fields() {
    static constexpr Names names = {TIMESTEP_WEIGHTS, "relu", "finalH"};
    return names;
  }
  static Names backward_fields() {
    static constexpr Names names = {TIMESTEP_WEIGHTS, TIMESTEP_WEIGHT_GRADIENTS, "relu"};
    return names;
  }

  static ElmanInputs inputs(Call& call, const Fields& own, const float* input) {
    const Sequence at = call.sequence(own);
    return {at,
            input,
            call.input(own, "inputKernel", call.weights(at.input_size, 1)),
            call.input(own, "recurrentKernel", call.weights(at.size, 1)),
            call.input(own, "bias", at.size),
            call.input(own, "h", call.state_size()),
            own.flag("relu")};
  }

  static ElmanResults results(Call& call, const Fields& own, const ElmanInputs&, float* output) {
    return {output, call.output(own, "finalH", call.state_size())};
  }

  static ElmanUpstream upstream(Call& call, const Fields& own, const ElmanInputs&, const float* output,
                                const float* d_output) {
    return {output, d_output, call.input(own, "dFinalH", call.state_size())};
  }

  static ElmanGradients gradients(Call& call, const Fields& own, const ElmanInputs& inputs, float* d_input,
                                  bool accumulate) {
    const Sequence& at = inputs.sequence;
    return {d_input,
            accumulate,
            call.output(own, "dInputKernel", call.weights(at.input_size, 1)),
            call.output(own, "dRecurrentKernel", call.weights(at.size, 1)),
            call.output(own, "dBias", at.size),
            call.output(own, "dH", call.state_size())};
  }
};

template <typename Cell>
Napi::Value forward_entry(const Napi::CallbackInfo& info) {
  Call call(info, Cell::forward_fields());
  const float* input = call.input(call.shared(), "input", call.input_size());
  const Ends ends = Ends::forward(call);
  std::vector<typename Cell::Forward> directions;
  float* output = ends.output;
  for (const Fields& own : call.directions()) {
    const auto inputs = Cell::inputs(call, own, input);
    directions.push_back({inputs, Cell::results(call, own, inputs, output)});
    output += inputs.sequence.size;
  }
  call.inputs_apart();
  Cell::forward(directions, workspace(), shared_pool().get());
  return info.Env().Undefined();
}

template <typename Cell>
Napi::Value backward_entry(const Napi::CallbackInfo& info) {
  Call call(info, Cell::backward_fields());
  const float* input = call.input(call.shared(), "input", call.input_size());
  const Ends ends = Ends::backward(call);
  std::vector<typename Cell::Backward> directions;
  std::int64_t column = 0;
  for (const Fields& own : call.directions()) {
    const auto inputs = Cell::inputs(call, own, input);
    const auto upstream = Cell::upstream(call, own, inputs, ends.given_output + column, ends.d_output + column);
    directions.push_back({inputs, upstream, Cell::gradients(call, own, inputs, ends.d_input, column > 0)});
    column += inputs.sequence.size;
  }
  call.inputs_apart();
  Cell::backward(directions, workspace(), shared_pool().get());
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
  add("lstmForward", guarded_sequence<forward_entry<Lstm>>);
  add("lstmBackward", guarded_sequence<backward_entry<Lstm>>);
  add("gruForward", guarded_sequence<forward_entry<Gru>>);
  add("gruBackward", guarded_sequence<backward_entry<Gru>>);
  add("elmanForward", guarded_sequence<forward_entry<Elman>>);
  add("elmanBackward", guarded_sequence<backward_entry<Elman>>);
}

}  // namespace timestep
