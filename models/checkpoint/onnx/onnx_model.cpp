// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/onnx_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "models/base/error.h"
#include "models/checkpoint/mapped_file.h"
#include "models/checkpoint/onnx/protobuf_wire.h"

namespace olivine {
namespace {

// Field numbers of onnx.proto3 of ONNX 1.17, by message.
namespace model_field {
enum : uint32_t { kIrVersion = 1, kProducer = 2, kGraph = 7, kOpsetImport = 8 };
}
namespace opset_field {
enum : uint32_t { kDomain = 1, kVersion = 2 };
}
namespace graph_field {
enum : uint32_t {
  kNode = 1,
  kName = 2,
  kInitializer = 5,
  kInput = 11,
  kOutput = 12,
  kSparseInitializer = 15
};
}
namespace node_field {
enum : uint32_t { kInput = 1, kOutput = 2, kName = 3, kOpType = 4, kAttribute = 5, kDomain = 7 };
}
namespace attribute_field {
enum : uint32_t {
  kName = 1,
  kF = 2,
  kI = 3,
  kS = 4,
  kT = 5,
  kG = 6,
  kFloats = 7,
  kInts = 8,
  kType = 20
};
}
namespace value_field {
enum : uint32_t { kName = 1, kType = 2 };
}
constexpr uint32_t kTensorType = 1;  // of TypeProto
namespace tensor_type_field {
enum : uint32_t { kElementType = 1, kShape = 2 };
}
constexpr uint32_t kDim = 1;  // of TensorShapeProto
namespace dim_field {
enum : uint32_t { kValue = 1, kName = 2 };
}

// Attributes' kinds by AttributeProto.AttributeType.
OnnxAttribute::Kind kind_of(uint64_t type) {
  using Kind = OnnxAttribute::Kind;
  constexpr std::array kKinds = {Kind::Other,  Kind::Float, Kind::Int,    Kind::String,
                                 Kind::Tensor, Kind::Graph, Kind::Floats, Kind::Ints};
  return type < kKinds.size() ? kKinds[static_cast<size_t>(type)] : Kind::Other;
}

float float_of(uint64_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits)); }

bool is_default_domain(std::string_view domain) { return domain.empty() || domain == "ai.onnx"; }

// Reads one model; every message is read by the function of its name.
class ModelReader {
 public:
  ModelReader(const WireInput& input, OnnxStorage& storage, std::filesystem::path folder)
      : input_(input), tensors_{input, storage, std::move(folder)} {}

  void read(OnnxModel& model) {
    WireReader reader{input_, input_.bytes};
    bool has_graph = false;
    while (const auto field = reader.next_field()) {
      if (field->number == model_field::kIrVersion) {
        reader.expect(*field, WireType::Varint);
        model.ir_version = static_cast<int64_t>(field->value);
      } else if (field->number == model_field::kProducer) {
        model.producer = read_onnx_text(reader, *field);
      } else if (field->number == model_field::kGraph) {
        if (std::exchange(has_graph, true)) reader.fail("a second graph");
        read_graph(message(reader, *field), model.graph);
      } else if (field->number == model_field::kOpsetImport) {
        read_opset(message(reader, *field), model);
      }
    }
    check_versions(model, has_graph);
  }

 private:
  void check_versions(const OnnxModel& model, bool has_graph) const {
    if (!has_graph) input_.fail(input_.bytes.data(), "no graph");
    if (model.ir_version < kMinOnnxIrVersion || model.ir_version > kMaxOnnxIrVersion) {
      throw ConfigError{fmt::format("{}: IR version {}: must be {}..{}", input_.source,
                                    model.ir_version, kMinOnnxIrVersion, kMaxOnnxIrVersion)};
    }
  }

  // The message in a field, as a reader of its fields.
  [[nodiscard]] WireReader message(const WireReader& reader, const WireField& field) const {
    reader.expect(field, WireType::LengthDelimited);
    return {input_, field.bytes};
  }

  void count_item(const WireReader& reader) {
    if (++item_count_ > kMaxOnnxItems) {
      reader.fail(fmt::format("more than {} nodes, tensors, attributes and names", kMaxOnnxItems));
    }
  }

  void read_opset(WireReader reader, OnnxModel& model) {
    std::string_view domain;
    int64_t version = 0;
    while (const auto field = reader.next_field()) {
      if (field->number == opset_field::kDomain) domain = read_onnx_text(reader, *field);
      if (field->number == opset_field::kVersion) {
        reader.expect(*field, WireType::Varint);
        version = static_cast<int64_t>(field->value);
      }
    }
    if (is_default_domain(domain)) model.opset = version;
  }

  void read_graph(WireReader reader, OnnxGraph& graph) {
    while (const auto field = reader.next_field()) {
      if (field->number == graph_field::kName) {
        graph.name = read_onnx_text(reader, *field);
      } else if (field->number == graph_field::kNode) {
        count_item(reader);
        graph.nodes.push_back(read_node(message(reader, *field)));
      } else if (field->number == graph_field::kInitializer) {
        count_item(reader);
        reader.expect(*field, WireType::LengthDelimited);
        graph.initializers.push_back(read_onnx_tensor(field->bytes, tensors_));
      } else if (field->number == graph_field::kInput) {
        count_item(reader);
        graph.inputs.push_back(read_value(message(reader, *field)));
      } else if (field->number == graph_field::kOutput) {
        count_item(reader);
        graph.outputs.push_back(read_value(message(reader, *field)));
      } else if (field->number == graph_field::kSparseInitializer) {
        reader.fail("sparse initializers: not supported");
      }
    }
  }

  OnnxNode read_node(WireReader reader) {
    OnnxNode node;
    while (const auto field = reader.next_field()) {
      switch (field->number) {
        case node_field::kInput:
          count_item(reader);
          node.inputs.push_back(read_onnx_text(reader, *field));
          break;
        case node_field::kOutput:
          count_item(reader);
          node.outputs.push_back(read_onnx_text(reader, *field));
          break;
        case node_field::kName:
          node.name = read_onnx_text(reader, *field);
          break;
        case node_field::kOpType:
          node.op_type = read_onnx_text(reader, *field);
          break;
        case node_field::kDomain:
          node.domain = read_onnx_text(reader, *field);
          break;
        case node_field::kAttribute:
          count_item(reader);
          node.attributes.push_back(read_attribute(message(reader, *field)));
          break;
        default:  // a number of the file, no enum
          break;
      }
    }
    if (is_default_domain(node.domain)) node.domain = "";
    return node;
  }

  OnnxAttribute read_attribute(WireReader reader) {
    OnnxAttribute attribute;
    std::optional<OnnxAttribute::Kind> kind;
    while (const auto field = reader.next_field()) {
      if (field->number == attribute_field::kType) {
        reader.expect(*field, WireType::Varint);
        if (field->value != 0) kind = kind_of(field->value);  // 0: told by the field that is there
      } else {
        read_attribute_value(reader, *field, attribute);
      }
    }
    if (kind) attribute.kind = *kind;
    if (attribute.kind == OnnxAttribute::Kind::Tensor && attribute.tensors.empty()) {
      reader.fail(fmt::format("attribute '{}': no tensor", attribute.name));
    }
    return attribute;
  }

  void read_attribute_value(const WireReader& reader, const WireField& field,
                            OnnxAttribute& attribute) {
    using Kind = OnnxAttribute::Kind;
    switch (field.number) {
      case attribute_field::kName:
        attribute.name = read_onnx_text(reader, field);
        break;
      case attribute_field::kF:
        reader.expect(field, WireType::Fixed32);
        attribute.real = float_of(field.value);
        attribute.kind = Kind::Float;
        break;
      case attribute_field::kI:
        reader.expect(field, WireType::Varint);
        attribute.integer = static_cast<int64_t>(field.value);
        attribute.kind = Kind::Int;
        break;
      case attribute_field::kS:
        read_attribute_text(reader, field, attribute);
        break;
      case attribute_field::kT:
        reader.expect(field, WireType::LengthDelimited);
        if (!attribute.tensors.empty()) reader.fail("an attribute with a second tensor");
        attribute.tensors.push_back(read_onnx_tensor(field.bytes, tensors_));
        attribute.kind = Kind::Tensor;
        break;
      case attribute_field::kG:
        attribute.kind = Kind::Graph;
        break;
      case attribute_field::kFloats:
        read_floats(reader, field, attribute);
        attribute.kind = Kind::Floats;
        break;
      case attribute_field::kInts:
        read_integers(reader, field, attribute);
        attribute.kind = Kind::Ints;
        break;
      default:  // a number of the file, no enum
        break;
    }
  }

  // Text of attributes may be any bytes; only what can be a name or a mode is of use here.
  void read_attribute_text(const WireReader& reader, const WireField& field,
                           OnnxAttribute& attribute) {
    reader.expect(field, WireType::LengthDelimited);
    attribute.text = {reinterpret_cast<const char*>(field.bytes.data()), field.bytes.size()};
    attribute.kind = OnnxAttribute::Kind::String;
  }

  void read_floats(const WireReader& reader, const WireField& field, OnnxAttribute& attribute) {
    if (field.type == WireType::Fixed32) {
      attribute.reals.push_back(float_of(field.value));
      return;
    }
    reader.expect(field, WireType::LengthDelimited);
    if (field.bytes.size() % sizeof(uint32_t) != 0) reader.fail("floats: must be 4 bytes each");
    for (size_t i = 0; i < field.bytes.size(); i += sizeof(uint32_t)) {
      uint64_t bits = 0;
      for (size_t b = 0; b < sizeof(uint32_t); ++b) bits |= uint64_t{field.bytes[i + b]} << (8 * b);
      attribute.reals.push_back(float_of(bits));
    }
  }

  void read_integers(const WireReader& reader, const WireField& field, OnnxAttribute& attribute) {
    if (field.type == WireType::Varint) {
      attribute.integers.push_back(static_cast<int64_t>(field.value));
      return;
    }
    WireReader values = message(reader, field);
    while (const auto value = values.next_varint()) {
      attribute.integers.push_back(static_cast<int64_t>(*value));
    }
  }

  OnnxValueInfo read_value(WireReader reader) {
    OnnxValueInfo value;
    while (const auto field = reader.next_field()) {
      if (field->number == value_field::kName) value.name = read_onnx_text(reader, *field);
      if (field->number == value_field::kType) read_type(message(reader, *field), value);
    }
    return value;
  }

  void read_type(WireReader reader, OnnxValueInfo& value) {
    while (const auto field = reader.next_field()) {
      if (field->number == kTensorType) read_tensor_type(message(reader, *field), value);
    }
  }

  void read_tensor_type(WireReader reader, OnnxValueInfo& value) {
    while (const auto field = reader.next_field()) {
      if (field->number == tensor_type_field::kElementType) {
        reader.expect(*field, WireType::Varint);
        value.type = element_type_of_onnx(field->value);
      } else if (field->number == tensor_type_field::kShape) {
        value.shape = read_shape(message(reader, *field));
      }
    }
  }

  std::vector<OnnxDimension> read_shape(WireReader reader) {
    std::vector<OnnxDimension> shape;
    while (const auto field = reader.next_field()) {
      if (field->number != kDim) continue;
      if (shape.size() == kMaxOnnxRank) {
        reader.fail(fmt::format("more than {} dimensions", kMaxOnnxRank));
      }
      shape.push_back(read_dimension(message(reader, *field)));
    }
    return shape;
  }

  OnnxDimension read_dimension(WireReader reader) {
    OnnxDimension dimension;
    while (const auto field = reader.next_field()) {
      if (field->number == dim_field::kValue) {
        reader.expect(*field, WireType::Varint);
        dimension.extent = static_cast<int64_t>(field->value);
      } else if (field->number == dim_field::kName) {
        dimension.name = read_onnx_text(reader, *field);
      }
    }
    return dimension;
  }

  const WireInput& input_;
  OnnxTensorContext tensors_;
  size_t item_count_ = 0;
};

OnnxModel read_model(std::span<const uint8_t> bytes, const std::string& source,
                     std::shared_ptr<OnnxStorage> storage, std::filesystem::path folder) {
  OnnxModel model;
  model.source = source;
  ModelReader{WireInput{bytes, source}, *storage, std::move(folder)}.read(model);
  model.storage = std::move(storage);
  return model;
}

}  // namespace

const OnnxAttribute* OnnxNode::find(std::string_view attribute) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const OnnxAttribute& a) { return a.name == attribute; });
  return found == attributes.end() ? nullptr : &*found;
}

OnnxModel parse_onnx(std::span<const uint8_t> bytes, const std::string& source) {
  return read_model(bytes, source, std::make_shared<OnnxStorage>(), {});
}

OnnxModel open_onnx(const std::filesystem::path& path) {
  auto storage = std::make_shared<OnnxStorage>();
  storage->model = std::make_shared<const MappedFile>(path);
  const auto bytes = storage->model->bytes();
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
  return read_model(bytes, path.string(), std::move(storage), folder);
}

bool looks_like_onnx(std::span<const uint8_t> bytes) {
  // IR version, producer's name and version, domain, model's version, description, graph.
  constexpr std::array kTypes = {WireType::Varint,          WireType::LengthDelimited,
                                 WireType::LengthDelimited, WireType::LengthDelimited,
                                 WireType::Varint,          WireType::LengthDelimited,
                                 WireType::LengthDelimited};
  static_assert(kTypes.size() == model_field::kGraph);
  uint32_t last = 0;
  WireField field;
  while (try_next_field(bytes, field)) {
    if (field.number <= last || field.number > kTypes.size()) return false;
    if (last == 0 && field.number != model_field::kIrVersion) return false;
    if (field.type != kTypes[field.number - 1]) return false;
    if (field.number == model_field::kGraph) return true;
    last = field.number;
  }
  return false;
}

}  // namespace olivine
