// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/olive_fig9/figure.h"

namespace olivine {

std::vector<Bars> bars() {
  const ParamOverrides bert = {{"batch", "16"}, {"seq", "128"}};
  const ParamOverrides bart = {{"batch", "16"}, {"seq", "128"}, {"target_seq", "128"}};
  const ParamOverrides gpt = {{"batch", "2"}, {"seq", "1024"}};
  return {{"BERT-base",
           "bert_base",
           bert,
           4.90,
           2.76,
           2.57,
           {{{.163, .021, .014, .028},
             {.291, .028, .021, .057},
             {.305, .036, .021, .057},
             {.816, .043, .036, .106}}}},
          {"BERT-large",
           "bert_large",
           bert,
           3.29,
           1.71,
           1.67,
           {{{.249, .021, .007, .035},
             {.468, .035, .014, .064},
             {.482, .036, .021, .057},
             {.801, .043, .036, .121}}}},
          {"BART-base",
           "bart_base",
           bart,
           4.81,
           3.19,
           2.52,
           {{{.163, .021, .014, .035},
             {.248, .028, .014, .050},
             {.312, .036, .021, .057},
             {.816, .043, .028, .113}}}},
          {"GPT2-XL",
           "gpt2_xl",
           gpt,
           5.95,
           3.67,
           3.38,
           {{{.142, .021, .014, .043},
             {.227, .036, .021, .071},
             {.249, .036, .021, .078},
             {.751, .043, .050, .156}}}},
          {"BLOOM-7B1",
           "bloom_7b1",
           gpt,
           3.86,
           2.14,
           2.00,
           {{{.234, .007, .007, .014},
             {.419, .014, .007, .036},
             {.447, .021, .007, .035},
             {.887, .021, .021, .071}}}}};
}

}  // namespace olivine
