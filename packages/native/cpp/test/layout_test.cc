#include "tensors/layout.h"

#include <cstdio>
#include <vector>

/** Every kernel that moves numbers against the plainest loop, with one thread and with two. */
namespace {

using timestep::Axis;

int failures = 0;

void expect(const char* what, const std::vector<float>& got, const std::vector<float>& wanted) {
  if (got == wanted) return;
  failures++;
  std::printf("%s differs (%zu elements)\n", what, wanted.size());
}

std::vector<float> counted(std::int64_t size) {
  std::vector<float> values(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < values.size(); i++) values[i] = static_cast<float>(i % 8191);
  return values;
}

/** Walks all indices one by one. */
std::vector<float> walked(const std::vector<float>& x, const std::vector<Axis>& axes) {
  std::vector<float> y;
  std::vector<std::int64_t> index(axes.size(), 0);
  std::int64_t total = 1;
  for (const Axis& axis : axes) total *= axis.size;
  for (std::int64_t n = 0; n < total; n++) {
    std::int64_t at = 0;
    for (std::size_t i = 0; i < axes.size(); i++) at += index[i] * axes[i].stride;
    y.push_back(x[static_cast<std::size_t>(at)]);
    for (std::size_t i = axes.size(); i-- > 0 && ++index[i] == axes[i].size;) index[i] = 0;
  }
  return y;
}

void check_copies(timestep::ThreadPool* pool) {
  const std::vector<std::vector<Axis>> views = {
      {},
      {{5, 1}},
      {{5, 3}},
      {{17, 1}, {33, 17}},
      {{300, 1}, {400, 300}},
      {{33, 40}, {17, 1}},
      {{3, 35}, {7, 1}, {5, 7}},
      {{7, 1}, {3, 35}, {5, 7}},
      {{50, 64}, {32, 3200}, {64, 1}},
      {{2, 0}, {3, 1}, {1, 9}},
      {{4, 6}, {2, 60}, {3, 1}, {5, 120}, {2, 3}},
  };
  for (const auto& axes : views) {
    std::int64_t last = 0;
    for (const Axis& axis : axes) last += (axis.size - 1) * axis.stride;
    const std::vector<float> x = counted(last + 1);  // exactly what is read: one more is an error
    const std::vector<float> wanted = walked(x, axes);
    std::vector<float> y(wanted.size(), -1);
    timestep::copy_strided(x.data(), y.data(), axes, pool);
    expect("copy", y, wanted);
  }
}

void check_rows(timestep::ThreadPool* pool) {
  for (const std::int64_t width : {std::int64_t{1}, std::int64_t{3}, std::int64_t{100}, std::int64_t{700}}) {
    const std::int64_t outer = 2, size = 9, count = 120;
    std::vector<std::int32_t> ids;
    for (int i = 0; i < count; i++) ids.push_back(i * 7 % 9);
    const std::vector<float> x = counted(outer * size * width);
    std::vector<float> gathered(static_cast<std::size_t>(outer * count * width), -1), wanted;
    for (std::int64_t o = 0; o < outer; o++) {
      for (const std::int32_t id : ids) {
        for (std::int64_t i = 0; i < width; i++) wanted.push_back(x[static_cast<std::size_t>((o * size + id) * width + i)]);
      }
    }
    timestep::gather_rows(x.data(), ids.data(), gathered.data(), outer, size, count, width, pool);
    expect("gather", gathered, wanted);

    const std::int64_t segments = 7;  // so that 7 and 8 fall outside
    ids[3] = -1;
    const std::vector<float> rows = counted(count * width);
    std::vector<float> sums(static_cast<std::size_t>(segments * width), -1), added(sums.size(), 0);
    for (std::int64_t r = 0; r < count; r++) {
      const std::int32_t id = ids[static_cast<std::size_t>(r)];
      if (id < 0 || id >= segments) continue;
      for (std::int64_t i = 0; i < width; i++) {
        added[static_cast<std::size_t>(id * width + i)] += rows[static_cast<std::size_t>(r * width + i)];
      }
    }
    timestep::add_rows(rows.data(), ids.data(), sums.data(), count, segments, width, pool);
    expect("add", sums, added);
  }
}

}  // namespace

int main() {
  timestep::ThreadPool two(2);
  for (timestep::ThreadPool* pool : {static_cast<timestep::ThreadPool*>(nullptr), &two}) {
    check_copies(pool);
    check_rows(pool);
  }
  if (failures == 0) std::printf("layout: all passed\n");
  return failures == 0 ? 0 : 1;
}
