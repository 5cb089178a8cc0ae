#pragma once

#include "recurrent_sequence.h"

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
  float* output;  // [B, T, H], zeros where a row has ended
  float* h;       // [B, H], the state after each row's last step
  float* saved;   // gru_saved_size floats for the backward pass, or null
};

/** What the backward pass reads besides the inputs. */
struct GruUpstream {
  const float* output;
  const float* saved;
  const float* d_output;
  const float* d_h;
};

struct GruGradients {
  float* input;
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

/** Results must overlap neither each other nor the inputs. */
void gru_forward(const GruInputs& inputs, const GruResults& results, Workspace& workspace, ThreadPool* pool);
void gru_backward(const GruInputs& inputs, const GruUpstream& upstream, const GruGradients& gradients,
                  Workspace& workspace, ThreadPool* pool);

}  // namespace timestep
