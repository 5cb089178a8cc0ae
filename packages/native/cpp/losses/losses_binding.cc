// Sequence losses for JavaScript; losses-addon.ts names the arguments.

#include <napi.h>

#include "support/arguments.h"
#include "losses/crf.h"
#include "losses/ctc.h"
#include "support/guarded.h"

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

/** Whole numbers as `apart` takes them: both have four bytes. */
Span<float> as_bytes(const Span<std::int32_t>& span) { return {reinterpret_cast<float*>(span.data), span.size}; }

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
  const bool wanted = !info[5].IsUndefined();
  const auto gradient = wanted ? floats(info[5], "gradient", logits.size) : Span<float>{nullptr, 0};
  for (const Span<float>& result : {losses, gradient}) {
    apart(env, result, logits, "logits");
    apart(env, result, as_bytes(lengths), "lengths");
    apart(env, result, as_bytes(labels), "labels");
    apart(env, result, as_bytes(counts), "labelCounts");
  }
  apart(env, gradient, losses, "losses");
  ctc_loss({batch, time, classes, logits.data, lengths.data, labels.data, counts.data,
            static_cast<std::int32_t>(blank), zero_infinity, losses.data, gradient.data},
           shared_pool().get());
  return env.Undefined();
}

/** The first eight arguments of both: emissions, transitions, start, end, lengths, batch, time, tags. */
CrfBatch crf_batch(const Napi::CallbackInfo& info) {
  constexpr std::int64_t most = std::int64_t{1} << 24;
  const std::int64_t batch = whole(info[5], "batch", 1, most), time = whole(info[6], "time", 1, most);
  const std::int64_t tags = whole(info[7], "tags", 1, 1 << 14);
  return {batch,
          time,
          tags,
          floats(info[0], "emissions", volume(info.Env(), batch, time, tags)).data,
          floats(info[1], "transitions", tags * tags).data,
          floats(info[2], "start", tags).data,
          floats(info[3], "end", tags).data,
          row_lengths(info[4], batch, time).data};
}

void apart_from_inputs(const Napi::CallbackInfo& info, const CrfBatch& call, const Span<float>& result) {
  const Napi::Env env = info.Env();
  apart(env, result, floats(info[0], "emissions", call.batch * call.time * call.tags), "emissions");
  apart(env, result, floats(info[1], "transitions", call.tags * call.tags), "transitions");
  apart(env, result, floats(info[2], "start", call.tags), "start");
  apart(env, result, floats(info[3], "end", call.tags), "end");
  apart(env, result, as_bytes(integers(info[4], "lengths", call.batch)), "lengths");
}

/** crfLikelihood(…, path, likelihoods, dEmissions, dTransitions, dStart, dEnd); the last four all or none undefined. */
Napi::Value crf_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 14);
  const Napi::Env env = info.Env();
  const CrfBatch call = crf_batch(info);
  const auto path = integers(info[8], "path", volume(env, call.batch, call.time));
  for (std::int64_t row = 0; row < call.batch; row++) {
    for (std::int64_t t = 0; t < call.lengths[row]; t++) {
      const std::int32_t tag = path.data[row * call.time + t];
      if (tag < 0 || tag >= call.tags) refuse(env, "a tag of the path is out of range");
    }
  }
  const std::int64_t square = call.tags * call.tags, frames = call.batch * call.time * call.tags;
  Span<float> results[5] = {floats(info[9], "likelihoods", call.batch)};
  int count = 1;
  if (!info[10].IsUndefined()) {
    results[1] = floats(info[10], "dEmissions", frames);
    results[2] = floats(info[11], "dTransitions", volume(env, call.batch, square));
    results[3] = floats(info[12], "dStart", call.batch * call.tags);
    results[4] = floats(info[13], "dEnd", call.batch * call.tags);
    count = 5;
  }
  for (int i = 0; i < count; i++) {
    apart_from_inputs(info, call, results[i]);
    apart(env, results[i], as_bytes(path), "path");
    for (int j = 0; j < i; j++) apart(env, results[i], results[j], "another output");
  }
  const CrfGradients gradients{results[1].data, results[2].data, results[3].data, results[4].data};
  crf_likelihood(call, path.data, results[0].data, count == 1 ? nullptr : &gradients, shared_pool().get());
  return env.Undefined();
}

/** crfViterbi(…, paths) */
Napi::Value viterbi_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 9);
  const CrfBatch call = crf_batch(info);
  const auto paths = integers(info[8], "paths", volume(info.Env(), call.batch, call.time));
  apart_from_inputs(info, call, as_bytes(paths));
  crf_viterbi(call, paths.data, shared_pool().get());
  return info.Env().Undefined();
}

}  // namespace

void register_losses(Napi::Env env, Napi::Object exports) {
  exports.Set("ctcLoss", Napi::Function::New<guarded<ctc_entry>>(env, "ctcLoss"));
  exports.Set("crfLikelihood", Napi::Function::New<guarded<crf_entry>>(env, "crfLikelihood"));
  exports.Set("crfViterbi", Napi::Function::New<guarded<viterbi_entry>>(env, "crfViterbi"));
}

}  // namespace timestep
