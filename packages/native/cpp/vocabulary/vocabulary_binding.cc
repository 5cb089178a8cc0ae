// The output layer over a large vocabulary for JavaScript; vocabulary-addon.ts names the arguments.

#include <napi.h>

#include <string>

#include "support/arguments.h"
#include "support/guarded.h"
#include "vocabulary/projected_cross_entropy.h"
#include "vocabulary/top_rows.h"

namespace timestep {

void register_vocabulary(Napi::Env env, Napi::Object exports);

namespace {

/** Whole numbers as `apart` takes them: both have four bytes. */
Span<float> as_bytes(const Span<std::int32_t>& span) { return {reinterpret_cast<float*>(span.data), span.size}; }

Span<float> floats_or_none(const Napi::Value& value, const char* name, std::int64_t size) {
  return value.IsUndefined() ? Span<float>{nullptr, 0} : floats(value, name, size);
}

/** Refuses outputs that share memory with an input or with one another. */
template <std::size_t Outputs, std::size_t Inputs>
void all_apart(Napi::Env env, const Span<float> (&outputs)[Outputs], const Span<float> (&inputs)[Inputs]) {
  for (std::size_t o = 0; o < Outputs; o++) {
    for (const Span<float>& input : inputs) apart(env, outputs[o], input, "an input");
    for (std::size_t other = 0; other < o; other++) apart(env, outputs[o], outputs[other], "another output");
  }
}

/**
 * projectedCrossEntropy(hidden, table, bias, targets, weights, smoothing, losses, dHidden, dTable, dBias, rows, size,
 *                       classes) -> total
 */
Napi::Value projected_cross_entropy_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 13);
  const Napi::Env env = info.Env();
  constexpr std::int64_t most = std::int64_t{1} << 26;
  const std::int64_t rows = whole(info[10], "rows", 0, most), size = whole(info[11], "size", 1, most);
  const std::int64_t classes = whole(info[12], "classes", 1, most);
  const auto hidden = floats(info[0], "hidden", volume(env, rows, size));
  const auto table = floats(info[1], "table", volume(env, classes, size));
  const auto bias = floats_or_none(info[2], "bias", classes);
  const auto targets = integers(info[3], "targets", rows);
  const auto weights = floats(info[4], "weights", rows);
  const double smoothing = info[5].IsNumber() ? info[5].As<Napi::Number>().DoubleValue() : -1;
  if (!(smoothing >= 0 && smoothing < 1)) refuse(env, "smoothing must be a number from 0 up to but not 1");
  const auto losses = floats(info[6], "losses", rows);
  const bool wanted = !info[8].IsUndefined();
  if (info[7].IsUndefined() == wanted) refuse(env, "dHidden and dTable come both or not at all");
  if (info[9].IsUndefined() == (wanted && bias.data != nullptr)) refuse(env, "dBias comes with dTable and a bias");
  const auto d_hidden = floats_or_none(info[7], "dHidden", hidden.size);
  const auto d_table = floats_or_none(info[8], "dTable", table.size);
  const auto d_bias = floats_or_none(info[9], "dBias", classes);
  all_apart(env, {losses, d_hidden, d_table, d_bias}, {hidden, table, bias, as_bytes(targets), weights});
  for (std::int64_t row = 0; row < rows; row++) {
    const std::int32_t target = targets.data[row];
    if (weights.data[row] != 0 && (target < 0 || target >= classes)) {
      refuse(env, "targets[" + std::to_string(row) + "] is " + std::to_string(target) + ", not a class of " +
                      std::to_string(classes));
    }
  }
  const ProjectedGradients gradients{d_hidden.data, d_table.data, d_bias.data};
  const double total = projected_cross_entropy({rows, size, classes, hidden.data, table.data, bias.data, targets.data,
                                                weights.data, static_cast<float>(smoothing)},
                                               losses.data, wanted ? &gradients : nullptr, shared_pool().get());
  return Napi::Number::New(env, total);
}

/** topLogProbabilities(logits, suppressed, starts, values, ids, rows, columns, count) */
Napi::Value top_log_probabilities_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 8);
  const Napi::Env env = info.Env();
  constexpr std::int64_t most = std::int64_t{1} << 26;
  const std::int64_t rows = whole(info[5], "rows", 0, most), columns = whole(info[6], "columns", 0, most);
  const std::int64_t count = whole(info[7], "count", 1, most);
  const auto logits = floats(info[0], "logits", volume(env, rows, columns));
  const auto starts = integers(info[2], "starts", rows + 1);
  for (std::int64_t row = 0; row < rows; row++) {
    if (starts.data[row] > starts.data[row + 1]) refuse(env, "starts must not fall");
  }
  if (starts.data[0] != 0) refuse(env, "starts must begin with 0");
  const auto suppressed = integers(info[1], "suppressed", starts.data[rows]);
  const auto values = floats(info[3], "values", volume(env, rows, count));
  const auto ids = integers(info[4], "ids", values.size);
  all_apart(env, {values, as_bytes(ids)}, {logits, as_bytes(starts), as_bytes(suppressed)});
  top_log_probabilities(logits.data, rows, columns, count, {suppressed.data, starts.data}, values.data, ids.data,
                        shared_pool().get());
  return env.Undefined();
}

}  // namespace

void register_vocabulary(Napi::Env env, Napi::Object exports) {
  exports.Set("projectedCrossEntropy",
              Napi::Function::New<guarded<projected_cross_entropy_entry>>(env, "projectedCrossEntropy"));
  exports.Set("topLogProbabilities",
              Napi::Function::New<guarded<top_log_probabilities_entry>>(env, "topLogProbabilities"));
}

}  // namespace timestep
