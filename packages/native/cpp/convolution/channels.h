#pragma once

#include <cstdint>

namespace timestep {

/** One filter position of one output pixel: channels of the picture and the weights that belong to them. */
struct Tap {
  const float* source;
  const float* weight;
};

/** Columns of the filters for which `weighted_line` is made. */
constexpr std::int64_t kLineTaps = 3;

/**
 * Output pixels side by side in one row, none of which reads past the picture's left or right edge. For each filter row
 * that lies in the picture: the first pixel that the first output reads, and that row's weights [kLineTaps, channels].
 */
struct Line {
  const float* const* sources;
  const float* const* weights;
  std::int64_t rows;
  std::int64_t stride;  ///< 1 or 2
  std::int64_t outputs;
  std::int64_t channels;
};

/** Loops over the channels of pixels, in the widest vectors of this processor. */
struct ChannelLoops {
  /** to[i] = start[i] + Σ source[i] · weight[i] over the taps, held between low and high; start may be null. */
  void (*weighted_sum)(const Tap* taps, std::int64_t count, const float* start, float low, float high, float* to,
                       std::int64_t channels);
  /** The same for the outputs of a line, with the same sums in the same order; a pixel read by several is loaded once. */
  void (*weighted_line)(const Line& line, const float* start, float low, float high, float* to);
  /** total[i] += Σ a[p · a_step + i] · b[p · b_step + i] over `pixels`. */
  void (*add_products)(const float* a, std::int64_t a_step, const float* b, std::int64_t b_step, std::int64_t pixels,
                       float* total, std::int64_t channels);
  /** to[i] += from[i]. */
  void (*add)(const float* from, float* to, std::int64_t channels);
  /** to[i] = the larger of the two; a NaN in `from` is passed over. */
  void (*keep_larger)(const float* from, float* to, std::int64_t channels);
};

const ChannelLoops& channel_loops();

}  // namespace timestep
