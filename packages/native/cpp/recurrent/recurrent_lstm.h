#pragma once

#include "recurrent/recurrent_sequence.h"

namespace timestep {

/** What an LSTM reads, forward and backward. Gates lie in the order i, f, o, g. */
struct LstmInputs {
  Sequence sequence;
  const float* input;             // [B, T, I]
  const float* input_kernel;      // [I, 4H]
  const float* recurrent_kernel;  // [H, 4H]
  const float* bias;              // [4H]
  const float* h;                 // [B, H], the initial state
  const float* c;                 // [B, H]
  const float* peepholes;         // [3H] or null
  bool plain_output;
};

struct LstmResults {
  float* output;  // [B, T, H] at the sequence's pitch, zeros where a row has ended
  float* h;       // [B, H], the state after each row's last step
  float* c;       // [B, H]
  float* saved;   // lstm_saved_size floats for the backward pass, or null
};

/** What the backward pass reads besides the inputs. */
struct LstmUpstream {
  const float* output;    // at the sequence's pitch, and so is d_output
  const float* saved;
  const float* d_output;
  const float* d_h;
  const float* d_c;
};

struct LstmGradients {
  float* input;
  bool accumulate_input;  // adds to what another direction has left there
  float* input_kernel;
  float* recurrent_kernel;
  float* bias;
  float* h;
  float* c;
  float* peepholes;  // null without peepholes
};

/** Gates [B, T, 4H], then cell states [B, T, H]. */
inline std::int64_t lstm_saved_size(const Sequence& sequence) { return sequence.rows() * 5 * sequence.size; }

struct LstmForward {
  LstmInputs inputs;
  LstmResults results;
};

struct LstmBackward {
  LstmInputs inputs;
  LstmUpstream upstream;
  LstmGradients gradients;
};

/**
 * One direction or two over the same batch, side by side. Results must overlap neither each other nor the inputs,
 * but for the input's gradient, which the second direction may add to.
 */
void lstm_forward(const std::vector<LstmForward>& directions, Workspace& workspace, ThreadPool* pool);
void lstm_backward(const std::vector<LstmBackward>& directions, Workspace& workspace, ThreadPool* pool);

}  // namespace timestep
