{
  "variables": {
    "warnings": ["-Wall", "-Wextra", "-Wpedantic", "-Werror"],
    # A product and a sum may become one instruction: more exact, and twice as fast where it matters.
    # Nobody reads errno after a square root, and not setting it lets loops of them become vectors.
    "own_flags": ["-std=c++17", "-O3", "-ffp-contract=fast", "-fno-math-errno", "<@(warnings)", "-fvisibility=hidden"],
    # The headers of Node and node-addon-api are not ours to correct.
    "addon_api": "<!(node -p \"require('path').resolve(require('node-addon-api').include_dir)\")",
  },
  "target_defaults": {
    "cflags!": ["-O2", "-fno-omit-frame-pointer"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-std=gnu++14", "-fno-exceptions", "-fno-rtti"],
    "cflags_cc": ["<@(own_flags)", "-isystem", "<(addon_api)", "-isystem", "<(node_root_dir)/include/node"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
      "GCC_OPTIMIZATION_LEVEL": "3",
      "OTHER_CPLUSPLUSFLAGS": ["<@(warnings)", "-isystem", "<(addon_api)"],
    },
  },
  "targets": [
    {
      "target_name": "gemm_avx2",
      "type": "static_library",
      "sources": ["cpp/gemm_avx2.cc"],
      "conditions": [["target_arch=='x64'", {"cflags_cc": ["-mavx2", "-mfma"], "xcode_settings": {"OTHER_CPLUSPLUSFLAGS": ["-mavx2", "-mfma"]}}]],
    },
    {
      "target_name": "gemm_avx512",
      "type": "static_library",
      "sources": ["cpp/gemm_avx512.cc"],
      "conditions": [["target_arch=='x64'", {"cflags_cc": ["-mavx512f", "-mfma"], "xcode_settings": {"OTHER_CPLUSPLUSFLAGS": ["-mavx512f", "-mfma"]}}]],
    },
    {
      "target_name": "timestep_native",
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_CPP_EXCEPTIONS"],
      "dependencies": ["gemm_avx2", "gemm_avx512"],
      "sources": [
        "cpp/addon.cc",
        "cpp/gemm.cc",
        "cpp/gemm_portable.cc",
        "cpp/thread_pool.cc",
        "cpp/activations.cc",
        "cpp/ctc.cc",
        "cpp/elementwise.cc",
        "cpp/channels.cc",
        "cpp/convolution.cc",
        "cpp/convolution_binding.cc",
        "cpp/depthwise.cc",
        "cpp/pooling.cc",
        "cpp/broadcast.cc",
        "cpp/broadcast_binding.cc",
        "cpp/peak.cc",
        "cpp/peak_binding.cc",
        "cpp/losses_binding.cc",
        "cpp/optimiser.cc",
        "cpp/optimiser_binding.cc",
        "cpp/recurrent_binding.cc",
        "cpp/recurrent_elman.cc",
        "cpp/recurrent_gru.cc",
        "cpp/recurrent_lstm.cc",
        "cpp/recurrent_steps.cc",
      ],
    },
  ],
}
