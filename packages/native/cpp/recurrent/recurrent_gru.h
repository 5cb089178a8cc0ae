#pragma once

#include "recurrent/recurrent_sequence.h"

namespace timestep {

/** Where the relevance gate acts: on the state, on its product with the candidate's kernel, or nowhere. */
enum class GruReset { before, after, none };

/** What a GRU reads, forward and backward. Gates lie in the order u, r, n, or u, n without a reset: G of them. */
struct GruInputs {
  Sequence sequence;
  const float* input;             // [B, T, I]
  const float* input_kernel;      // [I, G·H]
  const float* recurrent_kernel;  // [H, G·H]
  const float* bias;              // [G·H]
  const float* h;                 // [B, H], the initial state
  const float* candidate_bias;    // [H] with `after`, else null
  GruReset reset;

  std::int64_t gates() const { return reset == GruReset::none ? 2 : 3; }
};

struct GruResults {
  float* output;  // [B, T, H] at the sequence's pitch, zeros where a row has ended
  float* h;       // [B, H], the state after each row's last step
  float* saved;   // gru_saved_size floats for the backward pass, or null
};

/** What the backward pass reads besides the inputs. */
struct GruUpstream {
  const float* output;    // at the sequence's pitch, and so is d_output
  const float* saved;
  const float* d_output;
  const float* d_h;
};

struct GruGradients {
  float* input;
  bool accumulate_input;  // adds to what another direction has left there
  float* input_kernel;
  float* recurrent_kernel;
  float* bias;
  float* h;
  float* candidate_bias;  // null but with `after`
};

/** Gates [B, T, G·H]; with `after` also h'·Un + cn [B, T, H]. */
inline std::int64_t gru_saved_size(const Sequence& sequence, GruReset reset) {
  const std::int64_t widths = reset == GruReset::after ? 4 : reset == GruReset::before ? 3 : 2;
  return sequence.rows() * widths * sequence.size;
}

struct GruForward {
  GruInputs inputs;
  GruResults results;
};

struct GruBackward {
  GruInputs inputs;
  GruUpstream upstream;
  GruGradients gradients;
};

/**
 * One direction or two over the same batch, side by side. Results must overlap neither each other nor the inputs,
 * but for the input's gradient, which the second direction may add to.
 */
void gru_forward(const std::vector<GruForward>& directions, Workspace& workspace, ThreadPool* pool);
void gru_backward(const std::vector<GruBackward>& directions, Workspace& workspace, ThreadPool* pool);

}  // namespace timestep
