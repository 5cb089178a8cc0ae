#pragma once

// What JavaScript hands over for a recurrent sequence, checked as it is read.

#include <napi.h>

#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "recurrent/recurrent_sequence.h"
#include "support/arguments.h"

namespace timestep {

/** The fields of one object, taken out but not looked into yet. */
class Fields {
 public:
  Fields(const Napi::Value& from, std::initializer_list<const char*> names) : env_(from.Env()) {
    if (!from.IsObject()) refuse(env_, "expected an object");
    const Napi::Object object = from.As<Napi::Object>();
    values_.reserve(names.size());
    for (const char* name : names) values_.emplace_back(name, object.Get(name));
  }

  Napi::Env env() const { return env_; }
  const Napi::Value& value(const char* name) const {
    for (const auto& [known, value] : values_) {
      if (std::strcmp(known, name) == 0) return value;
    }
    throw std::logic_error(std::string("a field that was not taken out: ") + name);
  }
  bool has(const char* name) const { return !value(name).IsUndefined(); }
  bool flag(const char* name) const { return timestep::flag(value(name), name); }
  std::int64_t size(const char* name) const { return whole(value(name), name, 1, (std::int64_t{1} << 24)); }
  std::string text(const char* name) const {
    if (!value(name).IsString()) refuse(env_, std::string(name) + " must be a string");
    return value(name).As<Napi::String>().Utf8Value();
  }

 private:
  Napi::Env env_;
  std::vector<std::pair<const char*, Napi::Value>> values_;
};

using Names = std::initializer_list<const char*>;

/**
 * One call: the fields that its directions share, and each direction's own. All are taken out before the first is
 * looked into: taking a field out may run JavaScript, which could give the memory of another one away.
 */
class Call {
 public:
  Call(const Napi::CallbackInfo& info, Names own) : shared_(taken(info)) {
    const Napi::Value list = shared_.value("directions");
    if (!list.IsArray()) refuse(info.Env(), "directions must be a list");
    const Napi::Array array = list.As<Napi::Array>();
    if (array.Length() < 1 || array.Length() > 2) refuse(info.Env(), "expected one direction or two");
    for (std::uint32_t i = 0; i < array.Length(); ++i) directions_.emplace_back(array.Get(i), own);
    sequence_ = read_sequence();
  }

  Napi::Env env() const { return shared_.env(); }
  const Fields& shared() const { return shared_; }
  const std::vector<Fields>& directions() const { return directions_; }
  std::int64_t state_size() const { return sequence_.batch * sequence_.size; }
  std::int64_t output_size() const { return sequence_.rows() * sequence_.pitch; }
  std::int64_t input_size() const { return sequence_.rows() * sequence_.input_size; }
  std::int64_t weights(std::int64_t rows, std::int64_t gates) const {
    return volume(env(), rows, gates * sequence_.size);
  }

  /** The batch as one direction runs over it. */
  Sequence sequence(const Fields& direction) const {
    Sequence own = sequence_;
    own.reverse = direction.flag("reverse");
    return own;
  }

  const float* input(const Fields& fields, const char* name, std::int64_t size) {
    read_.push_back({floats(fields.value(name), name, size), name});
    return read_.back().span.data;
  }
  /** Null where the field is undefined. */
  const float* optional_input(const Fields& fields, const char* name, std::int64_t size) {
    return fields.has(name) ? input(fields, name, size) : nullptr;
  }

  /** Refused when it shares memory with another result; `inputs_apart` sees to the inputs. */
  float* output(const Fields& fields, const char* name, std::int64_t size) {
    const Named result{floats(fields.value(name), name, size), name};
    for (const Named& other : written_) apart(env(), result.span, other.span, other.name);
    written_.push_back(result);
    return result.span.data;
  }

  /** Refuses results that share memory with an input; call it after the last field. */
  void inputs_apart() const {
    for (const Named& result : written_) {
      for (const Named& given : read_) apart(env(), result.span, given.span, given.name);
    }
  }

 private:
  struct Named {
    Span<float> span;
    const char* name;
  };

  static Fields taken(const Napi::CallbackInfo& info) {
    count_arguments(info, 1);
    return Fields(info[0], {"batch", "time", "inputSize", "hiddenSize", "lengths", "input", "output", "dOutput",
                            "dInput", "directions"});
  }

  Sequence read_sequence() const {
    const std::int64_t size = shared_.size("hiddenSize");
    Sequence sequence{shared_.size("batch"), shared_.size("time"),
                      shared_.size("inputSize"), size,
                      size * static_cast<std::int64_t>(directions_.size()), nullptr,
                      false};
    volume(env(), sequence.batch, sequence.time, 8 * size);
    volume(env(), sequence.batch, sequence.time, sequence.input_size);
    const Span<std::int32_t> lengths = integers(shared_.value("lengths"), "lengths", sequence.batch);
    for (std::int64_t row = 0; row < sequence.batch; ++row) {
      if (lengths.data[row] < 0 || lengths.data[row] > sequence.time) refuse(env(), "a length is not from 0 to time");
    }
    sequence.lengths = lengths.data;
    return sequence;
  }

  Fields shared_;
  std::vector<Fields> directions_;
  Sequence sequence_{};
  std::vector<Named> read_, written_;
};

}  // namespace timestep
