// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/cuda_bench.h"

#include <cstdlib>
#include <thread>
#include <utility>

#include "kernels/baselines/baseline_gemm.h"
#include "kernels/baselines/cublaslt_gemm.h"
#include "kernels/baselines/cusparselt_gemm.h"
#include "kernels/measure/baseline_runner.h"
#include "kernels/measure/gpu_data_machine.h"
#include "kernels/measure/gpu_runner.h"
#include "kernels/measure/own_runner.h"
#include "kernels/measure/power_run.h"
#include "kernels/measure/record.h"
#include "kernels/measure/reference_gemm.h"
#include "kernels/measure/variants.h"
#include "kernels/micro/micro.h"
#include "kernels/runtime/device_monitor.h"
#include "kernels/runtime/dynamic_library.h"

namespace olivine::measure {

struct CudaBench::Library {
  std::string name;
  std::string reason;  // why it is not there
  std::unique_ptr<BaselineLibrary> library;
};

namespace {

constexpr int kMaxAlgorithms = 16;  // of a heuristic, each checked and timed

// Where libraries of NVIDIA lie: in Python environments, the active one first, and in the toolkit.
std::vector<std::string> library_folders() {
  std::vector<std::string> roots;
  for (const char* variable : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    const char* root = std::getenv(variable);
    if (root != nullptr) roots.emplace_back(root);
  }
  const char* home = std::getenv("HOME");
  if (home != nullptr) roots.push_back(std::string{home} + "/.local");
  for (const char* root : {"/usr/local", "/usr", "/opt/conda"}) roots.emplace_back(root);
  std::vector<std::string> folders = python_library_folders(python_package_folders(roots));
  folders.emplace_back("/usr/local/cuda/lib64");
  return folders;
}

}  // namespace

CudaBench::CudaBench(const DeviceInfo& device, std::unique_ptr<DeviceMonitor> monitor)
    : device_{device},
      monitor_{std::move(monitor)},
      stream_{[&] {
        use_device(device.index);
        return Stream{};
      }()},
      staging_{std::make_unique<Staging>()},
      cublaslt_{std::make_unique<Library>()},
      cusparselt_{std::make_unique<Library>()} {
  const std::vector<std::string> folders = library_folders();
  CublasLtOptions dense;
  dense.folders = folders;
  dense.max_candidates = kMaxAlgorithms;
  cublaslt_->name = "cuBLASLt";
  cublaslt_->reason = open_cublaslt(dense, cublaslt_->library).reason();
  cusparselt_->name = "cuSPARSELt";
  cusparselt_->reason = open_cusparselt({folders}, cusparselt_->library).reason();
}

CudaBench::~CudaBench() = default;

double CudaBench::now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void CudaBench::sleep_s(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

std::vector<LibraryRecord> CudaBench::libraries() const {
  std::vector<LibraryRecord> records;
  for (const Library* library : {cublaslt_.get(), cusparselt_.get()}) {
    const bool is_there = library->library != nullptr;
    records.push_back(
        {library->name, is_there ? library->library->version() : "", library->reason});
  }
  return records;
}

int64_t CudaBench::free_memory_bytes() const { return device_memory().free_bytes; }

std::vector<int32_t> CudaBench::reference_sums(const PackedMatrix& activations,
                                               const PackedMatrix& weights) {
  return reference_gemm(activations, weights, stream_.handle());
}

Status CudaBench::make_runner(const CaseInputs& inputs, std::unique_ptr<CaseRunner>& runner) {
  if (inputs.variant->is_own()) {
    return make_own_runner(inputs, limits_of(device_), stream_.handle(), *staging_, runner);
  }
  const Library& library =
      inputs.variant->provider == Provider::CublasLt ? *cublaslt_ : *cusparselt_;
  if (library.library == nullptr) return Status::refuse(library.reason);
  const BaselineContext context{*library.library, device_.l2_bytes, stream_.handle(), *staging_};
  return make_baseline_runner(inputs, context, runner);
}

std::vector<CheckRecord> CudaBench::check_data_kernels(uint64_t seed) {
  return check_data_kernels_on(stream_.handle(), seed);
}

std::vector<MicroResult> CudaBench::run_micro(uint64_t seed) {
  MicroOptions options;
  options.seed = seed;
  std::vector<MicroResult> results = olivine::run_micro(options, stream_.handle());
  const std::vector<MicroResult> published = derive_published(results, device_.l2_bytes);
  results.insert(results.end(), published.begin(), published.end());
  return results;
}

std::vector<MetadataMap> CudaBench::probe_metadata() {
  return olivine::probe_metadata(stream_.handle());
}

std::vector<PowerRecord> CudaBench::run_power(double seconds, uint64_t seed) {
  return measure_power(limits_of(device_), *monitor_, seconds, seed, stream_.handle());
}

}  // namespace olivine::measure
