#include <cstdio>
#include <random>

#include "recurrent/recurrent_elman.h"
#include "recurrent/recurrent_gru.h"
#include "recurrent/recurrent_lstm.h"
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

/** One network, or two over the same input, whose outputs then lie side by side in `given[0].output`. */
class Kernels {
 public:
  Kernels(std::vector<Case> nets, ThreadPool* pool) : nets_(std::move(nets)), pool_(pool) {}

  /** `probes` holds each direction's; the first one's output is as wide as both. */
  std::vector<Given> run(const std::vector<Probe>& probes, bool training) {
    static Workspace workspace;  // shared by all cases, so that what one leaves behind would show in the next
    const std::size_t count = nets_.size();
    std::vector<Given> given(count);
    parts_.assign(count, {});
    saved_.assign(count, {});
    for (std::size_t i = 0; i < count; i++) {
      for (const Values& part : nets_[i].parts) {
        parts_[i].emplace_back(part.begin(), part.end());
        given[i].gradients.emplace_back(part.size(), -7.0f);
      }
      given[i].h.assign(probes[i].h.size(), -7.0f);
      given[i].c.assign(probes[i].c.size(), -7.0f);
    }
    given[0].output.assign(probes[0].output.size(), -7.0f);
    switch (nets_[0].kind) {
      case Kind::lstm: lstm(given, probes, training, workspace); break;
      case Kind::elman_tanh:
      case Kind::elman_relu: elman(given, probes, training, workspace); break;
      default: gru(given, probes, training, workspace);
    }
    return given;
  }

 private:
  Sequence sequence(const Case& net) const {
    const auto pitch = net.size * static_cast<std::int64_t>(nets_.size());
    return {net.batch, net.time, net.input_size, net.size, pitch, net.lengths.data(), net.reverse};
  }
  static float* optional(std::vector<Floats>& all, std::size_t at) { return all.size() > at ? all[at].data() : nullptr; }
  std::ptrdiff_t column(std::size_t direction) const {
    return static_cast<std::ptrdiff_t>(direction) * static_cast<std::ptrdiff_t>(nets_[0].size);
  }

  void lstm(std::vector<Given>& given, const std::vector<Probe>& probes, bool training, Workspace& workspace) {
    std::vector<LstmForward> forward;
    std::vector<LstmBackward> backward;
    for (std::size_t i = 0; i < nets_.size(); i++) {
      std::vector<Floats>&p = parts_[i], &d = given[i].gradients;
      const LstmInputs inputs{sequence(nets_[i]), parts_[0][0].data(), p[1].data(), p[2].data(),    p[3].data(),
                              p[4].data(),        p[5].data(),         optional(p, 6), nets_[i].plain_output};
      saved_[i].resize(static_cast<std::size_t>(lstm_saved_size(inputs.sequence)));
      float* output = given[0].output.data() + column(i);
      forward.push_back(
          {inputs, {output, given[i].h.data(), given[i].c.data(), training ? saved_[i].data() : nullptr}});
      backward.push_back({inputs,
                          {output, saved_[i].data(), probes[0].output.data() + column(i), probes[i].h.data(),
                           probes[i].c.data()},
                          {given[0].gradients[0].data(), i > 0, d[1].data(), d[2].data(), d[3].data(), d[4].data(),
                           d[5].data(), optional(d, 6)}});
    }
    lstm_forward(forward, workspace, pool_);
    if (training) lstm_backward(backward, workspace, pool_);
  }

  void gru(std::vector<Given>& given, const std::vector<Probe>& probes, bool training, Workspace& workspace) {
    std::vector<GruForward> forward;
    std::vector<GruBackward> backward;
    for (std::size_t i = 0; i < nets_.size(); i++) {
      const GruReset reset = nets_[i].kind == Kind::gru_before  ? GruReset::before
                             : nets_[i].kind == Kind::gru_after ? GruReset::after
                                                                : GruReset::none;
      std::vector<Floats>&p = parts_[i], &d = given[i].gradients;
      const GruInputs inputs{sequence(nets_[i]), parts_[0][0].data(), p[1].data(),    p[2].data(),
                             p[3].data(),        p[4].data(),         optional(p, 5), reset};
      saved_[i].resize(static_cast<std::size_t>(gru_saved_size(inputs.sequence, reset)));
      float* output = given[0].output.data() + column(i);
      forward.push_back({inputs, {output, given[i].h.data(), training ? saved_[i].data() : nullptr}});
      backward.push_back(
          {inputs,
           {output, saved_[i].data(), probes[0].output.data() + column(i), probes[i].h.data()},
           {given[0].gradients[0].data(), i > 0, d[1].data(), d[2].data(), d[3].data(), d[4].data(), optional(d, 5)}});
    }
    gru_forward(forward, workspace, pool_);
    if (training) gru_backward(backward, workspace, pool_);
  }

  void elman(std::vector<Given>& given, const std::vector<Probe>& probes, bool training, Workspace& workspace) {
    std::vector<ElmanForward> forward;
    std::vector<ElmanBackward> backward;
    for (std::size_t i = 0; i < nets_.size(); i++) {
      std::vector<Floats>&p = parts_[i], &d = given[i].gradients;
      const ElmanInputs inputs{sequence(nets_[i]), parts_[0][0].data(), p[1].data(), p[2].data(),
                               p[3].data(),        p[4].data(),         nets_[i].kind == Kind::elman_relu};
      float* output = given[0].output.data() + column(i);
      forward.push_back({inputs, {output, given[i].h.data()}});
      backward.push_back(
          {inputs,
           {output, probes[0].output.data() + column(i), probes[i].h.data()},
           {given[0].gradients[0].data(), i > 0, d[1].data(), d[2].data(), d[3].data(), d[4].data()}});
    }
    elman_forward(forward, workspace, pool_);
    if (training) elman_backward(backward, workspace, pool_);
  }

  std::vector<Case> nets_;
  ThreadPool* pool_;
  std::vector<std::vector<Floats>> parts_;
  std::vector<Floats> saved_;
};

Given run_kernels(const Case& net, const Probe& probe, bool training, ThreadPool* pool) {
  return Kernels({net}, pool).run({probe}, training).front();
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

/** Both directions in one call are what each alone gives; the input's gradient is the sum of the two. */
void check_both(const char* name, Kind kind, ThreadPool* pool) {
  Maker maker;
  for (const std::int64_t batch : {std::int64_t{1}, std::int64_t{3}, std::int64_t{20}}) {
    const std::int64_t time = 6, size = 18;
    std::vector<Case> nets = {maker.make(kind, batch, time, 7, size), maker.make(kind, batch, time, 7, size)};
    nets[1].parts[0] = nets[0].parts[0];
    nets[1].reverse = true;
    const auto draw = [&](std::int64_t count) {
      const Values values = maker.draw(count, 1);
      return Floats(values.begin(), values.end());
    };
    const std::int64_t cells = kind == Kind::lstm ? batch * size : 0;
    const Floats wide = draw(batch * time * 2 * size);
    std::vector<Probe> probes = {{wide, draw(batch * size), draw(cells)}, {{}, draw(batch * size), draw(cells)}};
    const std::vector<Given> both = Kernels(nets, pool).run(probes, true);
    Values d_input(nets[0].parts[0].size(), 0.0);
    for (std::size_t i = 0; i < 2; i++) {
      const auto column = [&](const Floats& all) {
        Floats own;
        for (std::size_t at = 0; at < all.size(); at += 2 * static_cast<std::size_t>(size)) {
          const auto from = all.begin() + static_cast<std::ptrdiff_t>(at + i * static_cast<std::size_t>(size));
          own.insert(own.end(), from, from + size);
        }
        return own;
      };
      const Given alone = run_kernels(nets[i], {column(wide), probes[i].h, probes[i].c}, true, pool);
      const auto expect = [&](const char* what, const Floats& got, const Floats& wanted) {
        expect_close(name, nets[i], what, got, Values(wanted.begin(), wanted.end()), 1e-5);
      };
      expect("output of both", column(both[0].output), alone.output);
      expect("h of both", both[i].h, alone.h);
      expect("c of both", both[i].c, alone.c);
      for (std::size_t part = 1; part < alone.gradients.size(); part++) {
        expect("a gradient of both", both[i].gradients[part], alone.gradients[part]);
      }
      for (std::size_t at = 0; at < d_input.size(); at++) d_input[at] += static_cast<double>(alone.gradients[0][at]);
    }
    expect_close(name, nets[0], "d input of both", both[0].gradients[0], d_input, 1e-5);
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
  for (ThreadPool* threads : {static_cast<ThreadPool*>(nullptr), &pool}) {
    check_both("lstm", Kind::lstm, threads);
    check_both("gru before", Kind::gru_before, threads);
    check_both("gru after", Kind::gru_after, threads);
    check_both("gru none", Kind::gru_none, threads);
    check_both("elman tanh", Kind::elman_tanh, threads);
  }
  check_threads();
  std::printf(failures == 0 ? "recurrent kernels: all passed\n" : "recurrent kernels: %d failed\n", failures);
  return failures == 0 ? 0 : 1;
}
