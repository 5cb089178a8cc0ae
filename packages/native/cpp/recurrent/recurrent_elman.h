#pragma once

#include "recurrent/recurrent_sequence.h"

namespace timestep {

/** What an Elman network reads, forward and backward. */
struct ElmanInputs {
  Sequence sequence;
  const float* input;             // [B, T, I]
  const float* input_kernel;      // [I, H]
  const float* recurrent_kernel;  // [H, H]
  const float* bias;              // [H]
  const float* h;                 // [B, H], the initial state
  bool relu;                      // else tanh
};

struct ElmanResults {
  float* output;  // [B, T, H] at the sequence's pitch, zeros where a row has ended; all that the backward pass needs
  float* h;       // [B, H], the state after each row's last step
};

struct ElmanUpstream {
  const float* output;    // at the sequence's pitch, and so is d_output
  const float* d_output;
  const float* d_h;
};

struct ElmanGradients {
  float* input;
  bool accumulate_input;  // adds to what another direction has left there
  float* input_kernel;
  float* recurrent_kernel;
  float* bias;
  float* h;
};

struct ElmanForward {
  ElmanInputs inputs;
  ElmanResults results;
};

struct ElmanBackward {
  ElmanInputs inputs;
  ElmanUpstream upstream;
  ElmanGradients gradients;
};

/**
 * One direction or two over the same batch, side by side. Results must overlap neither each other nor the inputs,
 * but for the input's gradient, which the second direction may add to.
 */
void elman_forward(const std::vector<ElmanForward>& directions, Workspace& workspace, ThreadPool* pool);
void elman_backward(const std::vector<ElmanBackward>& directions, Workspace& workspace, ThreadPool* pool);

}  // namespace timestep
