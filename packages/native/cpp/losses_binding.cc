// Sequence losses for JavaScript; losses-addon.ts names the arguments.

#include <napi.h>

#include "arguments.h"
#include "ctc.h"
#include "guarded.h"

namespace timestep {

void register_losses(Napi::Env env, Napi::Object exports);

namespace {

/** Lengths of a batch's rows, each from 0 to `time`. */
Span<std::int32_t> row_lengths(const Napi::Value& value, std::int64_t batch, std::int64_t time) {
  const Span<std::int32_t> lengths = integers(value, "lengths", batch);
  for (std::int64_t row = 0; row < batch; row++) {
    if (lengths.data[row] < 0 || lengths.data[row] > time) refuse(value.Env(), "a length is not from 0 to time");
  }
  return lengths;
}

/** ctcLoss(logits, lengths, labels, labelCounts, losses, gradient, batch, time, classes, blank, zeroInfinity) */
Napi::Value ctc_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 11);
  const Napi::Env env = info.Env();
  constexpr std::int64_t most = std::int64_t{1} << 24;
  const std::int64_t batch = whole(info[6], "batch", 1, most), time = whole(info[7], "time", 1, most);
  const std::int64_t classes = whole(info[8], "classes", 1, most), blank = whole(info[9], "blank", 0, classes - 1);
  const bool zero_infinity = flag(info[10], "zeroInfinity");
  const auto logits = floats(info[0], "logits", volume(env, batch, time, classes));
  const auto lengths = row_lengths(info[1], batch, time);
  const auto counts = integers(info[3], "labelCounts", batch);
  std::int64_t total = 0;
  for (std::int64_t row = 0; row < batch; row++) {
    if (counts.data[row] < 0 || counts.data[row] > most) refuse(env, "a count of labels is out of range");
    total += counts.data[row];
  }
  const auto labels = integers(info[2], "labels", total);
  for (std::int64_t i = 0; i < total; i++) {
    const std::int32_t label = labels.data[i];
    if (label < 0 || label >= classes || label == blank) refuse(env, "a label is the blank or no class");
  }
  const auto losses = floats(info[4], "losses", batch);
  apart(env, losses, logits, "logits");
  float* gradient = nullptr;
  if (!info[5].IsUndefined()) {
    const auto given = floats(info[5], "gradient", logits.size);
    apart(env, given, logits, "logits");
    apart(env, given, losses, "losses");
    gradient = given.data;
  }
  ctc_loss({batch, time, classes, logits.data, lengths.data, labels.data, counts.data,
            static_cast<std::int32_t>(blank), zero_infinity, losses.data, gradient},
           shared_pool().get());
  return env.Undefined();
}

}  // namespace

void register_losses(Napi::Env env, Napi::Object exports) {
  exports.Set("ctcLoss", Napi::Function::New<guarded<ctc_entry>>(env, "ctcLoss"));
}

}  // namespace timestep
