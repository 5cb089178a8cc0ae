#pragma once

#include <cstdint>

namespace timestep {

/** One filter position of one output pixel: channels of the picture and the weights that belong to them. */
struct Tap {
  const float* source;
  const float* weight;
};

/** Loops over the channels of pixels, in the widest vectors of this processor. */
struct ChannelLoops {
  /** to[i] = start[i] + Σ source[i] · weight[i] over the taps, held between low and high; start may be null. */
  void (*weighted_sum)(const Tap* taps, std::int64_t count, const float* start, float low, float high, float* to,
                       std::int64_t channels);
  /** total[i] += Σ a[p · a_step + i] · b[p · b_step + i] over `pixels`. */
  void (*add_products)(const float* a, std::int64_t a_step, const float* b, std::int64_t b_step, std::int64_t pixels,
                       float* total, std::int64_t channels);
  /** to[i] += from[i]. */
  void (*add)(const float* from, float* to, std::int64_t channels);
  /** to[i] = the larger of the two; a NaN in `from` is passed over. */
  void (*keep_larger)(const float* from, float* to, std::int64_t channels);
  /** values[i] held between low and high; NaN stays. */
  void (*clamp)(float* values, float low, float high, std::int64_t count);
};

const ChannelLoops& channel_loops();

}  // namespace timestep
