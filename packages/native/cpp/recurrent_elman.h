#pragma once

#include "recurrent_sequence.h"

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
  float* output;  // [B, T, H], zeros where a row has ended; all that the backward pass needs
  float* h;       // [B, H], the state after each row's last step
};

struct ElmanUpstream {
  const float* output;
  const float* d_output;
  const float* d_h;
};

struct ElmanGradients {
  float* input;
  float* input_kernel;
  float* recurrent_kernel;
  float* bias;
  float* h;
};

/** Results must overlap neither each other nor the inputs. */
void elman_forward(const ElmanInputs& inputs, const ElmanResults& results, Workspace& workspace, ThreadPool* pool);
void elman_backward(const ElmanInputs& inputs, const ElmanUpstream& upstream, const ElmanGradients& gradients,
                    Workspace& workspace, ThreadPool* pool);

}  // namespace timestep
