// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/runtime/stream.h"

#include "kernels/runtime/capture.cuh"
#include "kernels/runtime/cuda_check.cuh"

namespace olivine {

Stream::Stream() {
  StreamHandle handle = nullptr;
  OLV_CUDA_CHECK(cudaStreamCreateWithFlags(&handle, cudaStreamNonBlocking));
  handle_.reset(handle);
}
void Stream::Destroy::operator()(StreamHandle handle) const noexcept {
  OLV_CUDA_CHECK_NOEXCEPT(cudaStreamDestroy(handle));
}
void Stream::synchronize() const { OLV_CUDA_CHECK(cudaStreamSynchronize(handle_.get())); }

Event::Event() {
  EventHandle handle = nullptr;
  OLV_CUDA_CHECK(cudaEventCreate(&handle));
  handle_.reset(handle);
}
void Event::Destroy::operator()(EventHandle handle) const noexcept {
  OLV_CUDA_CHECK_NOEXCEPT(cudaEventDestroy(handle));
}
void Event::record(StreamHandle stream) const {
  OLV_CUDA_CHECK(cudaEventRecord(handle_.get(), stream));
}
void Event::synchronize() const { OLV_CUDA_CHECK(cudaEventSynchronize(handle_.get())); }

double elapsed_us(const Event& start, const Event& stop) {
  stop.synchronize();
  float elapsed_ms = 0.0F;
  OLV_CUDA_CHECK(cudaEventElapsedTime(&elapsed_ms, start.handle(), stop.handle()));
  return 1000.0 * static_cast<double>(elapsed_ms);
}

CapturedGraph capture(int repetitions, const std::function<void(StreamHandle)>& work) {
  const Stream stream;
  // Thread local: other threads (one that reads sensors) may call the runtime meanwhile.
  OLV_CUDA_CHECK(cudaStreamBeginCapture(stream.handle(), cudaStreamCaptureModeThreadLocal));
  cudaGraph_t graph = nullptr;
  try {
    for (int repetition = 0; repetition < repetitions; ++repetition) {
      work(stream.handle());
    }
  } catch (...) {
    OLV_CUDA_CHECK_NOEXCEPT(cudaStreamEndCapture(stream.handle(), &graph));
    const CapturedGraph abandoned{graph};
    static_cast<void>(cudaGetLastError());  // an invalidated capture is no error of what follows
    throw;
  }
  OLV_CUDA_CHECK(cudaStreamEndCapture(stream.handle(), &graph));
  return CapturedGraph{graph};
}

Graph::Graph(int repetitions, const std::function<void(StreamHandle)>& work) {
  const CapturedGraph graph = capture(repetitions, work);
  cudaGraphExec_t executable = nullptr;
  OLV_CUDA_CHECK(cudaGraphInstantiate(&executable, graph.get(), 0));
  executable_.reset(executable);
}
void Graph::Destroy::operator()(CUgraphExec_st* executable) const noexcept {
  OLV_CUDA_CHECK_NOEXCEPT(cudaGraphExecDestroy(executable));
}
void Graph::launch(StreamHandle stream) const {
  OLV_CUDA_CHECK(cudaGraphLaunch(executable_.get(), stream));
}
void Graph::upload(StreamHandle stream) const {
  OLV_CUDA_CHECK(cudaGraphUpload(executable_.get(), stream));
}

}  // namespace olivine
