#include <cstdio>
#include <random>

#include "../recurrent_elman.h"
#include "../recurrent_gru.h"
#include "../recurrent_lstm.h"
#include "recurrent_reference.h"

/**
 * Every recurrent kernel against its formulas in double precision: values, and gradients by central differences.
 * Prints what failed and leaves with 1.
 */
namespace {

using namespace timestep;
using reference::Case;
using reference::Kind;
using reference::Values;
using Floats = std::vector<float>;

int failures = 0;

void expect_close(const char* name, const Case& net, const char* what, const Floats& got, const Values& wanted,
                  double tolerance) {
  double worst = got.size() == wanted.size() ? 0 : 1e30;
  for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); i++) {
    const double error = std::abs(static_cast<double>(got[i]) - wanted[i]) / std::max(1.0, std::abs(wanted[i]));
    if (!(error <= worst)) worst = error;
  }
  if (worst <= tolerance) return;
  failures++;
  std::printf("%s%s%s B%d T%d I%d H%d%s: %s is off by %g\n", name, net.peepholes ? " peepholes" : "",
              net.plain_output ? " plain" : "", static_cast<int>(net.batch), static_cast<int>(net.time),
              static_cast<int>(net.input_size), static_cast<int>(net.size), net.reverse ? " reverse" : "", what, worst);
}

/** What the kernels gave: results of the forward pass, then the gradient of each part. */
struct Given {
  Floats output, h, c;
  std::vector<Floats> gradients;
};

struct Probe {
  Floats output, h, c;
};

Given run_kernels(const Case& net, const Probe& probe, bool training, ThreadPool* pool) {
  static Workspace workspace;  // shared by all cases, so that what one leaves behind would show in the next
  std::vector<Floats> parts;
  Given given;
  for (const Values& part : net.parts) {
    parts.emplace_back(part.begin(), part.end());
    given.gradients.emplace_back(part.size(), -7.0f);
  }
  const Sequence sequence{net.batch, net.time, net.input_size, net.size, net.lengths.data(), net.reverse};
  given.output.assign(probe.output.size(), -7.0f);
  given.h.assign(probe.h.size(), -7.0f);
  std::vector<Floats>& d = given.gradients;
  const auto optional = [](std::vector<Floats>& all, std::size_t at) {
    return all.size() > at ? all[at].data() : nullptr;
  };
  if (net.kind == Kind::lstm) {
    given.c.assign(probe.c.size(), -7.0f);
    const LstmInputs inputs{sequence,        parts[0].data(), parts[1].data(),    parts[2].data(),  parts[3].data(),
                            parts[4].data(), parts[5].data(), optional(parts, 6), net.plain_output};
    Floats saved(static_cast<std::size_t>(lstm_saved_size(sequence)));
    lstm_forward(inputs, {given.output.data(), given.h.data(), given.c.data(), training ? saved.data() : nullptr},
                 workspace, pool);
    if (!training) return given;
    lstm_backward(inputs, {given.output.data(), saved.data(), probe.output.data(), probe.h.data(), probe.c.data()},
                  {d[0].data(), d[1].data(), d[2].data(), d[3].data(), d[4].data(), d[5].data(), optional(d, 6)},
                  workspace, pool);
  } else if (net.gates() > 1) {
    const GruReset reset = net.kind == Kind::gru_before  ? GruReset::before
                           : net.kind == Kind::gru_after ? GruReset::after
                                                         : GruReset::none;
    const GruInputs inputs{sequence,        parts[0].data(), parts[1].data(),    parts[2].data(),
                           parts[3].data(), parts[4].data(), optional(parts, 5), reset};
    Floats saved(static_cast<std::size_t>(gru_saved_size(sequence, reset)));
    gru_forward(inputs, {given.output.data(), given.h.data(), training ? saved.data() : nullptr}, workspace, pool);
    if (!training) return given;
    gru_backward(inputs, {given.output.data(), saved.data(), probe.output.data(), probe.h.data()},
                 {d[0].data(), d[1].data(), d[2].data(), d[3].data(), d[4].data(), optional(d, 5)}, workspace, pool);
  } else {
    const ElmanInputs inputs{sequence,        parts[0].data(), parts[1].data(), parts[2].data(),
                             parts[3].data(), parts[4].data(), net.kind == Kind::elman_relu};
    elman_forward(inputs, {given.output.data(), given.h.data()}, workspace, pool);
    if (!training) return given;
    elman_backward(inputs, {given.output.data(), probe.output.data(), probe.h.data()},
                   {d[0].data(), d[1].data(), d[2].data(), d[3].data(), d[4].data()}, workspace, pool);
  }
  return given;
}

class Maker {
 public:
  Values draw(std::int64_t count, double deviation) {
    Values values;
    // Rounded to float, so that both sides start from the same numbers.
    for (std::int64_t i = 0; i < count; i++) values.push_back(static_cast<float>(deviation * normal_(engine_)));
    return values;
  }

  Case make(Kind kind, std::int64_t batch, std::int64_t time, std::int64_t input_size, std::int64_t size) {
    Case net{};
    net.kind = kind;
    net.batch = batch;
    net.time = time;
    net.input_size = input_size;
    net.size = size;
    const std::int64_t width = net.gates() * size;
    net.parts = {draw(batch * time * input_size, 1), draw(input_size * width, 0.5), draw(size * width, 0.3),
                 draw(width, 0.5), draw(batch * size, 0.5)};
    if (kind == Kind::lstm) net.parts.push_back(draw(batch * size, 0.5));
    if (kind == Kind::gru_after) net.parts.push_back(draw(size, 0.5));
    // Full, empty and between.
    for (std::int64_t row = 0; row < batch; row++) {
      net.lengths.push_back(static_cast<std::int32_t>(row == 0 ? time : row == 1 ? 0 : 1 + (row * 5) % time));
    }
    return net;
  }

 private:
  std::mt19937 engine_{7};
  std::normal_distribution<double> normal_;
};

void check(const char* name, Maker& maker, Case net, bool gradients, ThreadPool* pool) {
  const Values probe_output = maker.draw(net.batch * net.time * net.size, 1);
  const Values probe_h = maker.draw(net.batch * net.size, 1);
  const Values probe_c = maker.draw(net.kind == Kind::lstm ? net.batch * net.size : 0, 1);
  const auto loss = [&](const reference::Outcome& outcome) {
    double sum = 0;
    for (std::size_t i = 0; i < probe_output.size(); i++) sum += probe_output[i] * outcome.output[i];
    for (std::size_t i = 0; i < probe_h.size(); i++) sum += probe_h[i] * outcome.h[i];
    for (std::size_t i = 0; i < probe_c.size(); i++) sum += probe_c[i] * outcome.c[i];
    return sum;
  };
  const Probe probe{{probe_output.begin(), probe_output.end()},
                    {probe_h.begin(), probe_h.end()},
                    {probe_c.begin(), probe_c.end()}};
  const Given given = run_kernels(net, probe, true, pool);
  const Given inference = run_kernels(net, probe, false, pool);
  const reference::Outcome wanted = reference::run(net);
  expect_close(name, net, "output", given.output, wanted.output, 1e-5);
  expect_close(name, net, "h", given.h, wanted.h, 1e-5);
  expect_close(name, net, "c", given.c, wanted.c, 1e-5);
  if (inference.output != given.output || inference.h != given.h || inference.c != given.c) {
    failures++;
    std::printf("%s: inference and training differ\n", name);
  }
  if (!gradients) return;
  const std::vector<Values> slopes = reference::gradients(net, loss);
  static const char* const kParts[] = {"d input", "d inputKernel", "d recurrentKernel", "d bias",
                                       "d h",     "d c or extra",  "d peepholes"};
  for (std::size_t part = 0; part < slopes.size(); part++) {
    expect_close(name, net, kParts[part], given.gradients[part], slopes[part], 5e-5);
  }
}

void check_all(const char* name, Kind kind, bool peepholes, bool plain_output, ThreadPool* pool) {
  Maker maker;
  struct Sizes {
    std::int64_t batch, time, input_size, size;
    bool gradients;
  };
  // The last is large enough for the threads, and has rows and columns beyond whole tiles.
  for (const Sizes& sizes : {Sizes{1, 1, 1, 1, true}, Sizes{1, 5, 3, 4, true}, Sizes{4, 1, 2, 5, true},
                             Sizes{3, 3, 2, 17, true}, Sizes{75, 4, 13, 50, false}}) {
    for (const bool reverse : {false, true}) {
      Case net = maker.make(kind, sizes.batch, sizes.time, sizes.input_size, sizes.size);
      net.reverse = reverse;
      net.peepholes = peepholes;
      net.plain_output = plain_output;
      if (peepholes) net.parts.push_back(maker.draw(3 * sizes.size, 0.5));
      check(name, maker, net, sizes.gradients, pool);
    }
  }
}

/** Threads change how gradients of weights are added up, and nothing else; the same count gives the same bits. */
void check_threads() {
  Maker maker;
  const Case net = maker.make(Kind::lstm, 33, 9, 40, 37);
  const auto as_floats = [&](std::int64_t count) {
    const Values values = maker.draw(count, 1);
    return Floats(values.begin(), values.end());
  };
  const Probe probe{as_floats(33 * 9 * 37), as_floats(33 * 37), as_floats(33 * 37)};
  ThreadPool two(2), three(3);
  const Given alone = run_kernels(net, probe, true, nullptr);
  for (ThreadPool* pool : {&two, &three}) {
    const Given once = run_kernels(net, probe, true, pool);
    const Given again = run_kernels(net, probe, true, pool);
    if (once.output != alone.output || once.gradients != again.gradients) {
      failures++;
      std::printf("threads change results\n");
    }
    for (std::size_t part = 0; part < alone.gradients.size(); part++) {
      const Floats& wanted = alone.gradients[part];
      expect_close("threads", net, "a gradient", once.gradients[part], Values(wanted.begin(), wanted.end()), 1e-4);
    }
  }
}

}  // namespace

int main() {
  ThreadPool pool(2);
  check_all("lstm", Kind::lstm, false, false, &pool);
  check_all("lstm", Kind::lstm, true, false, &pool);
  check_all("lstm", Kind::lstm, false, true, &pool);
  check_all("lstm", Kind::lstm, true, true, &pool);
  check_all("gru before", Kind::gru_before, false, false, &pool);
  check_all("gru after", Kind::gru_after, false, false, &pool);
  check_all("gru none", Kind::gru_none, false, false, &pool);
  check_all("elman tanh", Kind::elman_tanh, false, false, &pool);
  check_all("elman relu", Kind::elman_relu, false, false, &pool);
  check_threads();
  std::printf(failures == 0 ? "recurrent kernels: all passed\n" : "recurrent kernels: %d failed\n", failures);
  return failures == 0 ? 0 : 1;
}
