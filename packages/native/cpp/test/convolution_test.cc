#include "convolution/convolution.h"
#include "convolution/pooling.h"

#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

/** Convolutions, their gradients and pooling against plain sums in double precision, over windows drawn by chance. */
namespace {

using namespace timestep;

std::uint32_t state = 12345;
std::int64_t draw(std::int64_t least, std::int64_t most) {
  state = state * 1664525u + 1013904223u;
  return least + static_cast<std::int64_t>(state >> 8) % (most - least + 1);
}

std::vector<float> numbers(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(draw(-1000, 1000)) / 500;
  return values;
}

int failures = 0;

void compare(const char* what, const std::vector<float>& got, const std::vector<double>& wanted) {
  for (std::size_t i = 0; i < got.size(); i++) {
    const double value = static_cast<double>(got[i]);
    if (std::isnan(value) && std::isnan(wanted[i])) continue;
    if (value == wanted[i] || std::fabs(value - wanted[i]) <= 1e-4 * (1 + std::fabs(wanted[i]))) continue;
    if (failures++ < 10) std::printf("%s [%zu]: %g for %g\n", what, i, value, wanted[i]);
  }
}

Window draw_window(bool alone, bool dilated) {
  Window w{};
  w.batch = draw(1, 3);
  w.in_height = draw(1, 12);
  w.in_width = draw(1, 12);
  w.in_channels = draw(1, 40);
  w.out_channels = alone ? w.in_channels : draw(1, 60);
  w.filter_height = draw(1, 4);
  w.filter_width = draw(1, 4);
  w.stride_y = draw(1, 3);
  w.stride_x = draw(1, 3);
  w.dilation_y = dilated ? draw(1, 3) : 1;
  w.dilation_x = dilated ? draw(1, 3) : 1;
  w.pad_top = draw(-2, 3);
  w.pad_left = draw(-2, 3);
  // Any size is safe, also one that reads past the picture's end.
  w.out_height = draw(1, 12);
  w.out_width = draw(1, 12);
  if (alone && draw(0, 1) == 0) {  // what whole lines are made for
    w.filter_width = 3;
    w.stride_x = draw(1, 2);
    w.dilation_x = 1;
    w.in_width = draw(1, 24);
    w.out_width = draw(1, 24);
    return w;
  }
  if (!alone && draw(0, 2) == 0) {  // rows long enough to be taken line by line
    w.dilation_x = 1;
    w.in_width = draw(1, 40);
    w.out_width = draw(0, 1) == 0 ? 8 * draw(1, 4) : draw(32, 40);
    return w;
  }
  if (draw(0, 3) == 0) {
    w.filter_height = w.filter_width = w.stride_y = w.stride_x = 1;
    w.pad_top = w.pad_left = 0;
    w.out_height = w.in_height;
    w.out_width = w.in_width;
  }
  return w;
}

/** Calls `visit(input pixel, output pixel, tap)` for all that meet. */
template <class Visit>
void each(const Window& w, Visit&& visit) {
  for (std::int64_t b = 0; b < w.batch; b++)
    for (std::int64_t y = 0; y < w.out_height; y++)
      for (std::int64_t x = 0; x < w.out_width; x++)
        for (std::int64_t i = 0; i < w.filter_height; i++)
          for (std::int64_t j = 0; j < w.filter_width; j++) {
            const std::int64_t in_y = y * w.stride_y - w.pad_top + i * w.dilation_y;
            const std::int64_t in_x = x * w.stride_x - w.pad_left + j * w.dilation_x;
            if (in_y < 0 || in_y >= w.in_height || in_x < 0 || in_x >= w.in_width) continue;
            visit((b * w.in_height + in_y) * w.in_width + in_x, (b * w.out_height + y) * w.out_width + x,
                  i * w.filter_width + j);
          }
}

void check(const Window& w, bool alone, ThreadPool* pool) {
  const std::int64_t in = w.in_channels, out = w.out_channels, filters = alone ? 1 : out;
  const std::int64_t in_size = w.batch * w.in_height * w.in_width * in, out_size = w.pixels() * out;
  const std::int64_t filter_size = w.taps() * in * filters;
  const std::vector<float> x = numbers(in_size), filter = numbers(filter_size), bias = numbers(out);
  const std::vector<float> dy = numbers(out_size);
  const auto size = [](std::int64_t count) { return static_cast<std::size_t>(count); };
  std::vector<double> y_sum(size(out_size)), dx_sum(size(in_size)), df_sum(size(filter_size)), count(size(out_size));
  std::vector<double> largest(size(out_size), -std::numeric_limits<double>::infinity());
  std::vector<double> total(size(out_size)), shared(size(in_size)), kept(size(in_size));
  std::vector<std::int64_t> first(size(out_size), -1);
  for (std::size_t i = 0; i < y_sum.size(); i++) y_sum[i] = static_cast<double>(bias[i % size(out)]);
  each(w, [&](std::int64_t from, std::int64_t to, std::int64_t tap) {
    for (std::int64_t c = 0; c < in; c++) {
      for (std::int64_t f = 0; f < filters; f++) {
        const std::size_t weight = size((tap * in + c) * filters + f), result = size(to * out + (alone ? c : f));
        const double value = static_cast<double>(x[size(from * in + c)]), slope = static_cast<double>(dy[result]);
        y_sum[result] += value * static_cast<double>(filter[weight]);
        dx_sum[size(from * in + c)] += slope * static_cast<double>(filter[weight]);
        df_sum[weight] += slope * value;
        if (alone) {
          if (value > largest[result]) {
            largest[result] = value;
            first[result] = from * in + c;
          }
          shared[size(from * in + c)] += slope / static_cast<double>(w.taps());
          total[result] += value;
          count[result]++;
        }
      }
    }
  });
  std::vector<float> y(y_sum.size(), 7), dx(dx_sum.size(), 7), df(df_sum.size(), 7);
  const Clamp clamp{-1, 6};
  for (double& value : y_sum) value = std::fmin(std::fmax(value, -1.0), 6.0);
  (alone ? depthwise : convolve)(w, x.data(), filter.data(), bias.data(), clamp, y.data(), pool);
  compare("output", y, y_sum);
  (alone ? depthwise_input_gradient : convolve_input_gradient)(w, dy.data(), filter.data(), dx.data(), pool);
  compare("input gradient", dx, dx_sum);
  (alone ? depthwise_filter_gradient : convolve_filter_gradient)(w, x.data(), dy.data(), df.data(), pool);
  compare("filter gradient", df, df_sum);
  if (!alone) return;
  max_pool(w, x.data(), y.data(), pool);
  compare("largest", y, largest);
  for (std::size_t i = 0; i < total.size(); i++) total[i] /= count[i];
  mean_pool(w, x.data(), y.data(), pool);
  compare("mean", y, total);
  for (std::size_t i = 0; i < first.size(); i++) {
    if (first[i] >= 0) kept[size(first[i])] += static_cast<double>(dy[i]);
  }
  max_pool_gradient(w, x.data(), dy.data(), dx.data(), pool);
  compare("gradient of the largest", dx, kept);
  mean_pool_gradient(w, dy.data(), dx.data(), pool);
  compare("gradient of the mean", dx, shared);
}

}  // namespace

int main() {
  ThreadPool two(2);
  int windows = 0;
  for (int turn = 0; turn < 60; turn++) {
    for (const bool alone : {false, true}) {
      const Window w = draw_window(alone, turn % 2 == 1);
      check(w, alone, turn % 3 == 0 ? nullptr : &two);
      windows++;
    }
  }
  if (failures == 0) std::printf("convolutions: %d windows, all passed\n", windows);
  return failures == 0 ? 0 : 1;
}
