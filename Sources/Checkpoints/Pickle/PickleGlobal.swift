/// The classes and functions that a pickle may name and that mean something here; all others are opaque.
enum PickleGlobal {
  case dict
  case namespace(String)
  case torchStorage(String, ElementType?)
  case torchType(ElementType)
  case torchSize
  case rebuildTensor
  case rebuildTypedTensor
  case rebuildParameter
  case rebuildSubclass
  case loadFromBytes
  case numpyReconstruct
  case numpyFromBuffer
  case numpyType
  case numpyScalar
  case encode
  case bytes
  case reconstructor
  case opaque(String)

  /// Names longer than this are taken for damage; they are joined for messages.
  static let longestName = 256

  init(module: String, name: String) {
    let qualified = module + "." + name
    switch qualified {
    case "collections.OrderedDict", "collections.defaultdict", "builtins.dict", "__builtin__.dict":
      self = .dict
    case "argparse.Namespace", "easydict.EasyDict", "types.SimpleNamespace": self = .namespace(qualified)
    case "torch.Size": self = .torchSize
    case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2": self = .rebuildTensor
    case "torch._utils._rebuild_tensor_v3": self = .rebuildTypedTensor
    case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
      self = .rebuildParameter
    case "torch._tensor._rebuild_from_type_v2": self = .rebuildSubclass
    case "torch.storage._load_from_bytes": self = .loadFromBytes
    case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct": self = .numpyReconstruct
    case "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer": self = .numpyFromBuffer
    case "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar": self = .numpyScalar
    case "numpy.dtype": self = .numpyType
    case "_codecs.encode": self = .encode
    case "builtins.bytes", "__builtin__.bytes": self = .bytes
    case "copyreg._reconstructor", "copy_reg._reconstructor": self = .reconstructor
    default: self = Self.torch(module, name) ?? .opaque(qualified)
    }
  }

  /// Whether a name is one that attacks use: what starts programs, opens files or evaluates text.
  ///
  /// All unknown names stay opaque and do nothing here. These are refused so that whoever was sent such a file hears of it.
  static func isHostile(module: String, name: String) -> Bool {
    switch module {
    case "builtins", "__builtin__":
      ["eval", "exec", "execfile", "compile", "open", "__import__", "breakpoint", "input"].contains(name)
    default:
      [
        "os", "posix", "nt", "subprocess", "pty", "shutil", "socket", "importlib", "runpy", "ctypes", "code",
        "commands", "webbrowser", "asyncio", "pdb", "timeit", "pip",
      ].contains(module.prefix { $0 != "." })
    }
  }

  /// Storage classes, such as `torch.FloatStorage`, and element types, such as `torch.float32`.
  private static func torch(_ module: String, _ name: String) -> PickleGlobal? {
    guard module == "torch" || module == "torch.cuda" || module == "torch.storage" else { return nil }
    if name == "UntypedStorage" { return .torchStorage(name, .uint8) }
    if name.hasSuffix("Storage"), name != "TypedStorage" {
      return .torchStorage(name, ElementType(torchStorage: String(name.dropLast("Storage".count))))
    }
    return module == "torch" ? ElementType(torch: name).map { .torchType($0) } : nil
  }

  /// The name for messages.
  var name: String {
    switch self {
    case .dict: "dict"
    case .namespace(let name), .opaque(let name): name
    case .torchStorage(let name, _): "torch." + name
    case .torchType(let type): "torch element type \(type)"
    case .torchSize: "torch.Size"
    case .rebuildTensor: "torch._utils._rebuild_tensor_v2"
    case .rebuildTypedTensor: "torch._utils._rebuild_tensor_v3"
    case .rebuildParameter: "torch._utils._rebuild_parameter"
    case .rebuildSubclass: "torch._tensor._rebuild_from_type_v2"
    case .loadFromBytes: "torch.storage._load_from_bytes"
    case .numpyReconstruct: "numpy.core.multiarray._reconstruct"
    case .numpyFromBuffer: "numpy.core.numeric._frombuffer"
    case .numpyType: "numpy.dtype"
    case .numpyScalar: "numpy.core.multiarray.scalar"
    case .encode: "_codecs.encode"
    case .bytes: "bytes"
    case .reconstructor: "copyreg._reconstructor"
    }
  }
}
