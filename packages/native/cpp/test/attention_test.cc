#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "decoder/attention_decoder.h"

/**
 * The attention decoder against its formulas in double precision: values, and gradients by central differences, in
 * every form, on one thread and on several. Prints what failed and leaves with 1.
 */
namespace {

using namespace timestep;
using Integers = std::vector<std::int32_t>;
template <typename T>
using Parts = std::vector<std::vector<T>>;

int failures = 0;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/** Arrays for all of DecoderTensors or DecoderResults, each filled with `value`. */
template <typename T, template <typename> class Tensors>
Parts<T> arrays(const DecoderShape& shape, T value) {
  Parts<T> parts;
  Tensors<T> tensors;
  tensors.each(shape, [&](const char*, T*&, std::int64_t size) {
    parts.emplace_back(static_cast<std::size_t>(size), value);
  });
  return parts;
}

template <template <typename> class Tensors, typename T>
Tensors<T> view(const DecoderShape& shape, Parts<T>& parts) {
  Tensors<T> tensors;
  std::size_t next = 0;
  tensors.each(shape, [&](const char*, T*& tensor, std::int64_t) { tensor = parts[next++].data(); });
  return tensors;
}

template <template <typename> class Tensors, typename T>
Tensors<const T> read_only(const DecoderShape& shape, const Parts<T>& parts) {
  Tensors<const T> tensors;
  std::size_t next = 0;
  tensors.each(shape, [&](const char*, const T*& tensor, std::int64_t) { tensor = parts[next++].data(); });
  return tensors;
}

/** to += x·kernel, of `rows` rows. */
void add_product(const double* x, const double* kernel, std::int64_t rows, std::int64_t columns, double* to) {
  for (std::int64_t i = 0; i < rows; i++) {
    for (std::int64_t j = 0; j < columns; j++) to[j] += x[i] * kernel[i * columns + j];
  }
}

/** One row's way through the equations. */
class Reference {
 public:
  Reference(const DecoderShape& shape, const DecoderTensors<const double>& in, const DecoderResults<double>& out)
      : shape_(shape), in_(in), out_(out) {}

  void run(std::int64_t row) {
    const std::int64_t size = shape_.size, outputs = shape_.output_size, values = shape_.value_size;
    h_.assign(in_.h + row * size, in_.h + (row + 1) * size);
    if (shape_.lstm()) c_.assign(in_.c + row * size, in_.c + (row + 1) * size);
    std::vector<double> fed;
    if (shape_.feeding) fed.assign(in_.feed + row * outputs, in_.feed + (row + 1) * outputs);
    for (std::int64_t t = 0; t < shape_.lengths[row]; t++) {
      const std::int64_t at = shape_.at(row, t);
      if (shape_.after()) {
        step(in_.embedded + at * shape_.embedding, fed);
        const std::vector<double> context = attend(row, at);
        std::vector<double> output(in_.readout_bias, in_.readout_bias + outputs);
        add_product(h_.data(), in_.hidden_readout, size, outputs, output.data());
        add_product(context.data(), in_.context_readout, values, outputs, output.data());
        for (double& value : output) value = std::tanh(value);
        std::copy(output.begin(), output.end(), out_.outputs + at * outputs);
        if (shape_.feeding) fed = output;
      } else {
        fed = attend(row, at);
        std::vector<double> gate(values);
        if (shape_.gated) add_product(h_.data(), in_.gate_kernel, size, values, gate.data());
        for (std::size_t i = 0; shape_.gated && i < gate.size(); i++) fed[i] *= sigmoid(gate[i] + in_.gate_bias[i]);
        step(in_.embedded + at * shape_.embedding, fed);
        std::copy(fed.begin(), fed.end(), out_.contexts + at * values);
        std::copy(h_.begin(), h_.end(), out_.hidden + at * size);
      }
    }
    std::copy(h_.begin(), h_.end(), out_.h + row * size);
    if (shape_.lstm()) std::copy(c_.begin(), c_.end(), out_.c + row * size);
  }

 private:
  void step(const double* embedded, const std::vector<double>& fed) {
    const std::int64_t width = shape_.width();
    const auto size = static_cast<std::size_t>(shape_.size);
    std::vector<double> sums(in_.bias, in_.bias + width), products(static_cast<std::size_t>(width));
    add_product(embedded, in_.input_kernel, shape_.embedding, width, sums.data());
    add_product(fed.data(), in_.input_kernel + shape_.embedding * width, shape_.fed(), width, sums.data());
    add_product(h_.data(), in_.recurrent_kernel, shape_.size, width, products.data());
    for (std::size_t i = 0; i < size; i++) {
      const double first = sigmoid(sums[i] + products[i]), second = sigmoid(sums[size + i] + products[size + i]);
      if (shape_.lstm()) {
        c_[i] = second * c_[i] + first * std::tanh(sums[3 * size + i] + products[3 * size + i]);
        h_[i] = sigmoid(sums[2 * size + i] + products[2 * size + i]) * std::tanh(c_[i]);
      } else {
        const double candidate =
            std::tanh(sums[2 * size + i] + second * (products[2 * size + i] + in_.candidate_bias[i]));
        h_[i] = first * candidate + (1 - first) * h_[i];
      }
    }
  }

  /** The context that the state asks for; writes the alignment of step `at`. */
  std::vector<double> attend(std::int64_t row, std::int64_t at) const {
    const std::int64_t memory = shape_.memory_of[row], keys = shape_.key_size, values = shape_.value_size;
    std::vector<double> query = h_;
    if (shape_.additive) {
      query.assign(static_cast<std::size_t>(keys), 0);
      add_product(h_.data(), in_.query_kernel, shape_.size, keys, query.data());
    }
    double* alignment = out_.alignments + at * shape_.places;
    double total = 0;
    for (std::int64_t j = 0; j < shape_.memory_lengths[memory]; j++) {
      double score = 0;
      for (std::int64_t i = 0; i < keys; i++) {
        const double key = in_.keys[(memory * shape_.places + j) * keys + i], asked = query[static_cast<std::size_t>(i)];
        score += shape_.additive ? in_.score_vector[i] * std::tanh(key + asked) : key * asked;
      }
      alignment[j] = std::exp(score);
      total += alignment[j];
    }
    std::vector<double> context(static_cast<std::size_t>(values));
    for (std::int64_t j = 0; j < shape_.memory_lengths[memory]; j++) {
      alignment[j] /= total;
      add_product(alignment + j, in_.values + (memory * shape_.places + j) * values, 1, values, context.data());
    }
    return context;
  }

  const DecoderShape& shape_;
  const DecoderTensors<const double>& in_;
  const DecoderResults<double>& out_;
  std::vector<double> h_, c_;
};

Parts<double> reference(const DecoderShape& shape, const Parts<double>& inputs) {
  Parts<double> results = arrays<double, DecoderResults>(shape, 0);
  const auto in = read_only<DecoderTensors>(shape, inputs);
  const auto out = view<DecoderResults>(shape, results);
  for (std::int64_t row = 0; row < shape.rows; row++) Reference(shape, in, out).run(row);
  return results;
}

void expect_close(const std::string& name, const std::vector<float>& got, const std::vector<double>& wanted,
                  double tolerance) {
  double worst = got.size() == wanted.size() ? 0 : 1e30;
  for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); i++) {
    const double error = std::abs(static_cast<double>(got[i]) - wanted[i]) / std::max(1.0, std::abs(wanted[i]));
    if (!(error <= worst)) worst = error;
  }
  if (worst <= tolerance) return;
  failures++;
  std::printf("%s is off by %g\n", name.c_str(), worst);
}

Parts<float> narrowed(const Parts<double>& parts) {
  Parts<float> narrow;
  for (const auto& part : parts) narrow.emplace_back(part.begin(), part.end());
  return narrow;
}

/** Kernels that were packed before give the same bits. */
void expect_same_packed(const std::string& name, const DecoderShape& shape, const DecoderTensors<const float>& in,
                        const Parts<float>& wanted, Workspace& workspace, ThreadPool* pool) {
  std::vector<const float*> kernels{in.input_kernel, in.recurrent_kernel};
  if (shape.additive) kernels.push_back(in.query_kernel);
  if (shape.after()) kernels.insert(kernels.end(), {in.hidden_readout, in.context_readout});
  if (shape.gated) kernels.push_back(in.gate_kernel);
  std::vector<PackedMatrix> memory;
  DecoderPacked packed;
  packed.each(shape, [&](const char*, PackedView& view, std::int64_t k, std::int64_t n) {
    memory.push_back(pack(kernels[memory.size()], k, n, n, false));
    view = memory.back();
  });
  Parts<float> results = arrays<float, DecoderResults>(shape, 1e9f);
  attention_decoder_forward(shape, in, view<DecoderResults>(shape, results), nullptr, workspace, pool, packed);
  if (results == wanted && memory.size() == kernels.size()) return;
  failures++;
  std::printf("%s differs with packed kernels\n", name.c_str());
}

void check(const std::string& name, const DecoderShape& shape, std::size_t samples, ThreadPool* pool,
           std::mt19937& random) {
  static Workspace workspace;  // shared by all cases, so that what one leaves behind would show in the next
  std::normal_distribution<float> normal(0, 0.4f);
  const auto drawn = [&](Parts<double> parts) {
    for (auto& part : parts) {
      for (double& value : part) value = normal(random);
    }
    return parts;
  };
  Parts<double> inputs = drawn(arrays<double, DecoderTensors>(shape, 0));
  const Parts<float> given = narrowed(inputs);
  const auto in = read_only<DecoderTensors>(shape, given);
  const Parts<double> wanted = reference(shape, inputs);
  // Old numbers, so that what a kernel leaves unwritten shows.
  std::vector<float> saved(static_cast<std::size_t>(decoder_saved_size(shape)), 1e9f);
  Parts<float> results;
  for (float* kept : {static_cast<float*>(nullptr), saved.data()}) {
    results = arrays<float, DecoderResults>(shape, 1e9f);
    attention_decoder_forward(shape, in, view<DecoderResults>(shape, results), kept, workspace, pool);
    for (std::size_t part = 0; part < wanted.size(); part++) {
      expect_close(name + ": result " + std::to_string(part), results[part], wanted[part], 4e-5);
    }
  }

  expect_same_packed(name, shape, in, results, workspace, pool);

  const Parts<double> probe = drawn(arrays<double, DecoderResults>(shape, 0));
  const Parts<float> upstream = narrowed(probe);
  Parts<float> gradients = arrays<float, DecoderTensors>(shape, 1e9f);
  attention_decoder_backward(shape, in, read_only<DecoderResults>(shape, results), saved.data(),
                             read_only<DecoderResults>(shape, upstream), view<DecoderTensors>(shape, gradients),
                             workspace, pool);
  const auto loss = [&] {
    const Parts<double> moved = reference(shape, inputs);
    double total = 0;
    for (std::size_t part = 0; part < moved.size(); part++) {
      for (std::size_t i = 0; i < moved[part].size(); i++) total += moved[part][i] * probe[part][i];
    }
    return total;
  };
  for (std::size_t part = 0; part < inputs.size(); part++) {
    // Not every one of the larger parts: each difference is two whole passes.
    const std::size_t stride = (inputs[part].size() + samples - 1) / samples;
    std::vector<float> got;
    std::vector<double> slopes;
    for (std::size_t i = 0; i < inputs[part].size(); i += stride) {
      constexpr double step = 1e-5;
      const double before = inputs[part][i];
      inputs[part][i] = before + step;
      const double above = loss();
      inputs[part][i] = before - step;
      slopes.push_back((above - loss()) / (2 * step));
      got.push_back(gradients[part][i]);
      inputs[part][i] = before;
    }
    expect_close(name + ": gradient " + std::to_string(part), got, slopes, 2e-4);
  }
}

/** Every form over a batch of these sizes; keys of a dot score take the state's. */
void check_forms(const std::string& name, DecoderShape shape, std::size_t samples, ThreadPool* pool,
                 std::mt19937& random) {
  const std::int64_t key_size = shape.key_size, output_size = shape.output_size;
  for (int form = 0; form < 16; form++) {
    const bool option = (form & 8) != 0;
    shape.cell = (form & 1) != 0 ? DecoderCell::gru : DecoderCell::lstm;
    shape.attends = (form & 2) != 0 ? DecoderAttends::before : DecoderAttends::after;
    shape.additive = (form & 4) != 0;
    shape.feeding = shape.after() && option;
    shape.gated = !shape.after() && option;
    shape.key_size = shape.additive ? key_size : shape.size;
    shape.output_size = shape.after() ? output_size : 0;
    check(name + ", form " + std::to_string(form), shape, samples, pool, random);
  }
}

DecoderShape sized(const Integers& lengths, const Integers& memory_lengths, const Integers& memory_of,
                   std::int64_t time, std::int64_t places) {
  DecoderShape shape{};
  shape.rows = static_cast<std::int64_t>(lengths.size());
  shape.memories = static_cast<std::int64_t>(memory_lengths.size());
  shape.time = time;
  shape.places = places;
  shape.lengths = lengths.data();
  shape.memory_lengths = memory_lengths.data();
  shape.memory_of = memory_of.data();
  return shape;
}

DecoderShape with_widths(DecoderShape shape, std::int64_t embedding, std::int64_t size, std::int64_t value_size,
                         std::int64_t key_size, std::int64_t output_size) {
  shape.embedding = embedding;
  shape.size = size;
  shape.value_size = value_size;
  shape.key_size = key_size;
  shape.output_size = output_size;
  return shape;
}

}  // namespace

int main() {
  std::mt19937 random(7);
  const Integers one{1}, zero{0};
  check_forms("one of all", with_widths(sized(one, one, zero, 1, 1), 1, 1, 1, 1, 1), 9, nullptr, random);
  const Integers lengths{3, 0, 1, 2}, places{4, 2, 0, 1}, own{0, 1, 2, 3};
  check_forms("small", with_widths(sized(lengths, places, own, 3, 4), 3, 5, 6, 4, 7), 12, nullptr, random);
  const Integers few{3, 2}, shared{1, 0, 1, 1};
  check_forms("shared memories", with_widths(sized(lengths, few, shared, 3, 3), 2, 5, 3, 6, 4), 12, nullptr, random);
  const Integers steps{1, 1, 0, 1, 1, 1}, beams{0, 0, 0, 1, 1, 1};
  check_forms("a step of a search", with_widths(sized(steps, few, beams, 1, 3), 3, 18, 17, 9, 5), 4, nullptr, random);
  // Large enough to be shared: by fewer threads than there are rows, and by more.
  const Integers long_steps{4, 2, 0, 4, 3}, long_places{9, 3, 5, 9, 1}, rows{0, 1, 2, 3, 4};
  for (const int threads : {2, 7}) {
    ThreadPool pool(threads);
    check_forms(std::to_string(threads) + " threads",
                with_widths(sized(long_steps, long_places, rows, 4, 9), 33, 130, 65, 37, 34), 1, &pool, random);
  }
  if (failures > 0) return 1;
  std::printf("attention: all passed\n");
  return 0;
}
