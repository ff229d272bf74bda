// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// A library without the functions that anybody looks for.
extern "C" int fake_empty_answer() { return 42; }
