// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Colours by meaning, the same in every chart: activations are amber whether they are bytes, a
// stall or a scratchpad. The hues are those of Okabe and Ito, which readers with colour-vision
// deficiencies tell apart, moved in lightness for white and for dark paper.
"use strict";

olivine.hues = {
  light: {
    blue: "#0b6bb0", sky: "#5cb3e6", amber: "#e39a00", red: "#cf5500", green: "#0a8f6a",
    pink: "#c9709f", yellow: "#c5b31e", violet: "#7a4fb0", slate: "#4d5866", grey: "#9aa3ad",
    pale: "#cdd3d9", brown: "#8a6238",
  },
  dark: {
    blue: "#2f86cc", sky: "#7cc4f2", amber: "#f0b13c", red: "#ee7a3a", green: "#35b58d",
    pink: "#dd93bb", yellow: "#e3d65c", violet: "#a884d8", slate: "#c3cad2", grey: "#727c86",
    pale: "#48515a", brown: "#b98f62",
  },
};

// name of a part in the results -> [hue, words for the reader]
olivine.meanings = {
  cause: {
    work: ["blue", "Array work"], vector: ["sky", "Vector unit"],
    activations: ["amber", "Stall: activations"], weights: ["red", "Stall: weights"],
    partial_sums: ["pink", "Stall: partial sums"], buffer_full: ["yellow", "Stall: buffer full"],
    write_back: ["green", "Stall: write-back"], host: ["brown", "Host"], idle: ["pale", "Idle"],
  },
  energy: {
    pe: ["blue", "PEs"], decoder: ["violet", "Decoders"],
    activation_buffer: ["amber", "Activation buffer"], weight_buffer: ["red", "Weight buffer"],
    output_buffer: ["green", "Output buffer"], dram: ["slate", "DRAM access"],
    vector: ["sky", "Vector unit"], leakage: ["grey", "Leakage"],
    dram_background: ["pale", "DRAM background"],
    tensor: ["blue", "Tensor cores"], decoders: ["violet", "Decoders"],
    cuda_cores: ["sky", "CUDA cores"], shared: ["amber", "Shared memory"],
    l2: ["green", "L2 cache"], hbm: ["slate", "HBM"], constant: ["grey", "Constant power"],
  },
  operand: {
    activations: ["amber", "Activations"], weights: ["red", "Weights"],
    partial_sums: ["pink", "Partial sums"], outputs: ["green", "Outputs"],
  },
  area: {
    pe: ["blue", "PEs"], decoder_4bit: ["violet", "4-bit decoders"],
    decoder_8bit: ["pink", "8-bit decoders"], sparse_select: ["sky", "Sparse select"],
    activation_buffer: ["amber", "Activation buffer"], weight_buffer: ["red", "Weight buffer"],
    output_buffer: ["green", "Output buffer"],
  },
  time: {
    tensor: ["blue", "Tensor cores"], cuda_cores: ["sky", "CUDA cores"],
    shared_memory: ["amber", "Shared memory"], decode: ["violet", "Decode"],
    l2: ["green", "L2 cache"], hbm: ["slate", "HBM"], latency: ["pink", "Latency"],
    epilogue: ["yellow", "Epilogue"], tail: ["brown", "Tail"], launch: ["grey", "Launch"],
    clock: ["red", "Clock"],
  },
  layer: {
    linear: ["blue", "Linear"], attention: ["red", "Attention"], head: ["violet", "Head"],
    conv2d: ["green", "Convolution"], depthwise_conv2d: ["amber", "Depthwise convolution"],
    vector: ["sky", "Vector"],
  },
  bus: {
    read: ["blue", "Read"], write: ["green", "Written"], wait_bus: ["red", "Wait: bus"],
    wait_self: ["amber", "Wait: own packet"], wait_memory: ["pink", "Wait: memory"],
    latency: ["slate", "Grant to response"],
  },
  regime: {
    compute: ["blue", "Compute"], memory: ["red", "Memory"], launch: ["grey", "Launch"],
    latency: ["pink", "Latency"], power: ["amber", "Power"], wave: ["violet", "Wave"],
  },
};

// palette(theme).cause("work") is a colour, label.cause("work") its words; a part that this table
// does not know yet gets a colour of its own and its name as words.
olivine.palette = (() => {
  const order = ["blue", "amber", "green", "red", "violet", "sky", "pink", "brown", "yellow",
    "slate"];
  const spare = (name) => {
    let sum = 0;
    for (const character of String(name)) sum = (sum * 31 + character.codePointAt(0)) % 9973;
    return order[sum % order.length];
  };
  const words = (name) => {
    const text = String(name).replaceAll("_", " ");
    return text.charAt(0).toUpperCase() + text.slice(1);
  };
  const label = {};
  for (const [topic, parts] of Object.entries(olivine.meanings)) {
    label[topic] = (name) => (Object.hasOwn(parts, name) ? parts[name][1] : words(name));
  }
  const build = (themeName) => {
    const hues = olivine.hues[themeName];
    const palette = {
      hues,
      categories: order.map((hue) => hues[hue]),
      // Viridis: equal steps look equal, also in grey and to colour-blind readers.
      sequential: ["#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39",
        "#fde725"],
      diverging: ["#2166ac", "#67a9cf", "#d1e5f0", "#f7f7f7", "#fddbc7", "#ef8a62", "#b2182b"],
    };
    for (const [topic, parts] of Object.entries(olivine.meanings)) {
      palette[topic] = (name) => hues[Object.hasOwn(parts, name) ? parts[name][0] : spare(name)];
    }
    return palette;
  };
  const built = {light: build("light"), dark: build("dark")};
  const palette = (theme) => built[typeof theme === "string" ? theme : theme?.name ?? "light"];
  palette.label = label;
  palette.words = words;
  return palette;
})();
