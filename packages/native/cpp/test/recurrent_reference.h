#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

/** The recurrent cells one number at a time in double precision, written from their formulas and nothing else. */
namespace reference {

using Values = std::vector<double>;

enum class Kind { lstm, gru_before, gru_after, gru_none, elman_tanh, elman_relu };

/** A network and its input, as the kernels lay them out. */
struct Case {
  Kind kind;
  bool peepholes = false;
  bool plain_output = false;
  bool reverse = false;
  std::int64_t batch, time, input_size, size;
  std::vector<std::int32_t> lengths;
  /** input, inputKernel, recurrentKernel, bias, h, then c and peepholes or candidateBias where there are any. */
  std::vector<Values> parts;

  std::int64_t gates() const {
    if (kind == Kind::lstm) return 4;
    if (kind == Kind::gru_none) return 2;
    return kind == Kind::elman_tanh || kind == Kind::elman_relu ? 1 : 3;
  }
};

struct Outcome {
  Values output, h, c;
};

inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/** Σ over k of x[k]·W[k, column]. */
inline double dot(const double* x, const Values& kernel, std::int64_t rows, std::int64_t width, std::int64_t column) {
  double sum = 0;
  for (std::int64_t k = 0; k < rows; k++) sum += x[k] * kernel[static_cast<std::size_t>(k * width + column)];
  return sum;
}

inline void step(const Case& net, const double* x, Values& h, Values& c) {
  const std::int64_t size = net.size, width = net.gates() * size;
  const Values &w = net.parts[1], &u = net.parts[2], &b = net.parts[3];
  const Values old_h = h;
  const auto from_input = [&](std::int64_t at) {
    return dot(x, w, net.input_size, width, at) + b[static_cast<std::size_t>(at)];
  };
  const auto from_state = [&](const Values& state, std::int64_t at) { return dot(state.data(), u, size, width, at); };
  Values reset = h;
  if (net.kind == Kind::gru_before) {
    for (std::int64_t j = 0; j < size; j++) {
      reset[static_cast<std::size_t>(j)] *= sigmoid(from_input(size + j) + from_state(old_h, size + j));
    }
  }
  for (std::int64_t j = 0; j < size; j++) {
    const std::size_t at = static_cast<std::size_t>(j), wide = static_cast<std::size_t>(size);
    const auto sum = [&](std::int64_t gate) {
      return from_input(gate * size + j) + from_state(old_h, gate * size + j);
    };
    switch (net.kind) {
      case Kind::lstm: {
        const double* p = net.peepholes ? net.parts[6].data() : nullptr;
        const double i = sigmoid(sum(0) + (p ? p[at] * c[at] : 0));
        const double f = sigmoid(sum(1) + (p ? p[wide + at] * c[at] : 0));
        c[at] = f * c[at] + i * std::tanh(sum(3));
        const double o = sigmoid(sum(2) + (p ? p[2 * wide + at] * c[at] : 0));
        h[at] = o * (net.plain_output ? c[at] : std::tanh(c[at]));
        break;
      }
      case Kind::gru_before:
      case Kind::gru_after:
      case Kind::gru_none: {
        const double update = sigmoid(sum(0));
        double n = 0;
        if (net.kind == Kind::gru_none) n = sum(1);
        else if (net.kind == Kind::gru_before) n = from_input(2 * size + j) + from_state(reset, 2 * size + j);
        else n = from_input(2 * size + j) + sigmoid(sum(1)) * (from_state(old_h, 2 * size + j) + net.parts[5][at]);
        h[at] = update * std::tanh(n) + (1 - update) * old_h[at];
        break;
      }
      case Kind::elman_tanh:
        h[at] = std::tanh(sum(0));
        break;
      case Kind::elman_relu:
        h[at] = std::max(0.0, sum(0));
        break;
    }
  }
}

/** Each row on its own, over its own steps only. */
inline Outcome run(const Case& net) {
  const std::int64_t size = net.size;
  Outcome outcome;
  outcome.output.assign(static_cast<std::size_t>(net.batch * net.time * size), 0);
  for (std::int64_t row = 0; row < net.batch; row++) {
    const auto rows_of = [&](const Values& states) {
      return Values(states.begin() + row * size, states.begin() + (row + 1) * size);
    };
    Values h = rows_of(net.parts[4]);
    Values c = net.kind == Kind::lstm ? rows_of(net.parts[5]) : Values();
    const std::int64_t length = net.lengths[static_cast<std::size_t>(row)];
    for (std::int64_t i = 0; i < length; i++) {
      const std::int64_t t = net.reverse ? length - 1 - i : i;
      step(net, net.parts[0].data() + (row * net.time + t) * net.input_size, h, c);
      for (std::int64_t j = 0; j < size; j++) {
        outcome.output[static_cast<std::size_t>((row * net.time + t) * size + j)] = h[static_cast<std::size_t>(j)];
      }
    }
    outcome.h.insert(outcome.h.end(), h.begin(), h.end());
    outcome.c.insert(outcome.c.end(), c.begin(), c.end());
  }
  return outcome;
}

/** The gradient of `loss` with regard to every value of every part, by central differences. */
inline std::vector<Values> gradients(Case net, const std::function<double(const Outcome&)>& loss) {
  constexpr double step_size = 1e-6;
  std::vector<Values> all;
  for (std::size_t part = 0; part < net.parts.size(); part++) {
    Values gradient;
    for (double& value : net.parts[part]) {
      const double kept = value;
      value = kept + step_size;
      const double above = loss(run(net));
      value = kept - step_size;
      gradient.push_back((above - loss(run(net))) / (2 * step_size));
      value = kept;
    }
    all.push_back(gradient);
  }
  return all;
}

}  // namespace reference
