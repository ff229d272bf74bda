// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/verilated_model.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "sim/cosim/rtl_abi.h"

namespace olivine {
namespace {

struct CloseLibrary {
  void operator()(void* handle) const { dlclose(handle); }
};

class VerilatedModel : public RtlModel {
 public:
  VerilatedModel(const std::string& library, RtlStart start, uint64_t seed)
      : RtlModel(std::filesystem::path{library}.stem().string()), path_(library) {
    library_.reset(dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL));
    if (library_ == nullptr) throw ConfigError{fmt::format("{}: {}", library, dlerror())};
    resolve(&destroy_, "olv_rtl_destroy");
    resolve(&eval_, "olv_rtl_eval");
    resolve(&failure_, "olv_rtl_failure");
    resolve(&trace_open_, "olv_rtl_trace_open");
    resolve(&trace_dump_, "olv_rtl_trace_dump");
    resolve(&trace_close_, "olv_rtl_trace_close");
    resolve(&write_coverage_, "olv_rtl_write_coverage");
    decltype(&olv_rtl_create) create = nullptr;
    resolve(&create, "olv_rtl_create");
    model_ = create(seed, start == RtlStart::Random ? 1 : 0);
    read_signals();
  }
  ~VerilatedModel() override { destroy_(model_); }

  [[nodiscard]] std::string failure() const override { return failure_(model_); }

 protected:
  void eval() override { eval_(model_); }
  [[nodiscard]] bool has_failed() const override { return *failure_(model_) != '\0'; }
  bool open_trace(const std::string& path) override {
    return trace_open_(model_, path.c_str()) != 0;
  }
  void dump_trace(uint64_t time) override { trace_dump_(model_, time); }
  void finish_trace() override { trace_close_(model_); }
  bool save_coverage(const std::string& path) override {
    return write_coverage_(model_, path.c_str()) != 0;
  }

 private:
  template <class Function>
  void resolve(Function* function, const char* symbol) {
    void* found = dlsym(library_.get(), symbol);
    if (found == nullptr) throw ConfigError{fmt::format("{}: no {} in it", path_, symbol)};
    *function = reinterpret_cast<Function>(found);
  }

  void read_signals() {
    decltype(&olv_rtl_signal_count) count = nullptr;
    decltype(&olv_rtl_signal) get = nullptr;
    resolve(&count, "olv_rtl_signal_count");
    resolve(&get, "olv_rtl_signal");
    std::vector<RtlSignal> signals;
    for (uint32_t i = 0; i < count(model_); ++i) {
      const OlvRtlSignal& signal = *get(model_, i);
      signals.push_back({signal.name, static_cast<RtlSignal::Direction>(signal.direction),
                         signal.bits, signal.element_bytes, signal.rows, signal.cols, signal.data});
    }
    set_signals(std::move(signals));
  }

  std::string path_;
  std::unique_ptr<void, CloseLibrary> library_;
  OlvRtlModel* model_ = nullptr;
  decltype(&olv_rtl_destroy) destroy_ = nullptr;
  decltype(&olv_rtl_eval) eval_ = nullptr;
  decltype(&olv_rtl_failure) failure_ = nullptr;
  decltype(&olv_rtl_trace_open) trace_open_ = nullptr;
  decltype(&olv_rtl_trace_dump) trace_dump_ = nullptr;
  decltype(&olv_rtl_trace_close) trace_close_ = nullptr;
  decltype(&olv_rtl_write_coverage) write_coverage_ = nullptr;
};

}  // namespace

std::unique_ptr<RtlModel> open_verilated_model(const std::string& library, RtlStart start,
                                               uint64_t seed) {
  return std::make_unique<VerilatedModel>(library, start, seed);
}

}  // namespace olivine
