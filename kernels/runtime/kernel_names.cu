// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <cuda.h>
#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "kernels/runtime/capture.cuh"
#include "kernels/runtime/cuda_check.cuh"
#include "kernels/runtime/dynamic_library.h"
#include "kernels/runtime/stream.h"

namespace olivine {
namespace {

// The runtime's own query does not know kernels that another library has loaded; the driver's does.
// Looked up, so that building needs no driver; with own types, since headers before 12.3 lack some.
struct GraphQueries {
  DynamicLibrary library;
  CUresult (*node_params)(CUgraphNode, CUDA_KERNEL_NODE_PARAMS*) = nullptr;
  CUresult (*function_name)(const char**, CUfunction) = nullptr;
  CUresult (*kernel_name)(const char**, CUkernel) = nullptr;
};

Status open_queries(GraphQueries& queries) {
  if (Status status = DynamicLibrary::open({"libcuda.so.1"}, queries.library); !status) {
    return status;
  }
  // cuda.h renames the function: with kern beside func it is version 2.
  if (Status status = queries.library.load("cuGraphKernelNodeGetParams_v2", queries.node_params);
      !status) {
    return status;
  }
  if (Status status = queries.library.load("cuFuncGetName", queries.function_name); !status) {
    return status;
  }
  return queries.library.load("cuKernelGetName", queries.kernel_name);
}

std::string demangled(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name{
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), &std::free};
  return status == 0 ? name.get() : symbol;
}

Status name_of_node(const GraphQueries& queries, cudaGraphNode_t node, std::string& name) {
  CUDA_KERNEL_NODE_PARAMS params{};
  CUresult result = queries.node_params(node, &params);
  const char* symbol = nullptr;
  if (result == CUDA_SUCCESS) {
    result = params.func != nullptr ? queries.function_name(&symbol, params.func)
                                    : queries.kernel_name(&symbol, params.kern);
  }
  if (result != CUDA_SUCCESS || symbol == nullptr) {
    return Status::refuse("the driver does not name a captured kernel: CUresult " +
                          std::to_string(static_cast<int>(result)));
  }
  name = demangled(symbol);
  return {};
}

std::vector<cudaGraphNode_t> nodes_of(cudaGraph_t graph) {
  size_t count = 0;
  OLV_CUDA_CHECK(cudaGraphGetNodes(graph, nullptr, &count));
  std::vector<cudaGraphNode_t> nodes(count);
  if (count != 0) {
    OLV_CUDA_CHECK(cudaGraphGetNodes(graph, nodes.data(), &count));
  }
  return nodes;
}

}  // namespace

Status kernel_names(const std::function<void(StreamHandle)>& work,
                    std::vector<std::string>& names) {
  GraphQueries queries;
  if (Status status = open_queries(queries); !status) {
    return status;
  }
  const CapturedGraph graph = capture(1, work);
  names.clear();
  for (cudaGraphNode_t node : nodes_of(graph.get())) {
    cudaGraphNodeType type = cudaGraphNodeTypeEmpty;
    OLV_CUDA_CHECK(cudaGraphNodeGetType(node, &type));
    if (type != cudaGraphNodeTypeKernel) {
      continue;
    }
    if (Status status = name_of_node(queries, node, names.emplace_back()); !status) {
      names.pop_back();
      return status;
    }
  }
  return {};
}

}  // namespace olivine
