// Whole recurrent sequences for JavaScript. Each entry point takes one object; recurrent-addon.ts names its fields.

#include <napi.h>

#include <string>
#include <vector>

#include "recurrent/recurrent_call.h"
#include "recurrent/recurrent_elman.h"
#include "recurrent/recurrent_gru.h"
#include "recurrent/recurrent_lstm.h"
#include "support/guarded.h"

namespace timestep {

void register_recurrent(Napi::Env env, Napi::Object exports);

namespace {

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

}  // namespace

void register_recurrent(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, Napi::Value (*entry)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, entry, name));
  };
  add("lstmForward", guarded<forward_entry<Lstm>>);
  add("lstmBackward", guarded<backward_entry<Lstm>>);
  add("gruForward", guarded<forward_entry<Gru>>);
  add("gruBackward", guarded<backward_entry<Gru>>);
  add("elmanForward", guarded<forward_entry<Elman>>);
  add("elmanBackward", guarded<backward_entry<Elman>>);
}

}  // namespace timestep
