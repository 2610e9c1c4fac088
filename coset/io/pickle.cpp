#include "coset/io/pickle.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "coset/base/error.h"
#include "coset/io/pickle_names.h"
#include "coset/io/zip_reader.h"

namespace coset::io {

namespace {

constexpr int kDeepest = 200;
/// Tensors may share storages, but not multiply a file without end.
constexpr std::uint64_t kMostCopies = 16;

/// The stack machine. One opcode is at least one byte and makes at most one value, so memory is bounded by the file.
class Machine {
 public:
  Machine(std::span<const std::byte> bytes, std::string file, LoadStorage load)
      : bytes_(bytes), file_(std::move(file)), load_(std::move(load)) {}

  PickleRef run() {
    while (step()) {
    }
    return pop();
  }

 private:
  [[noreturn]] void damaged(const char* what) const { fail(file_, ": damaged pickle: ", what, " at byte ", at_); }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > bytes_.size() - at_) damaged("it ends early");
    const auto part = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return part;
  }
  std::uint64_t number(std::size_t width) {
    std::uint64_t value = 0;
    const auto part = take(width);
    for (std::size_t i = width; i-- > 0;) value = value << 8U | std::to_integer<std::uint64_t>(part[i]);
    return value;
  }
  std::string text(std::uint64_t length) {
    const auto part = take(length);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  std::string line() {
    std::string out;
    for (char c = 0; (c = static_cast<char>(number(1))) != '\n';) out.push_back(c);
    return out;
  }

  void push(PickleObject object) { stack_.push_back(std::move(object)); }
  template <class V>
  void push_value(V value) {
    auto object = std::make_shared<PickleValue>();
    object->data = std::move(value);
    push(std::move(object));
  }
  PickleObject pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) damaged("an empty stack");
    PickleObject top = std::move(stack_.back());
    stack_.pop_back();
    return top;
  }
  PickleValue& top() {
    if (stack_.empty()) damaged("an empty stack");
    return *stack_.back();
  }
  std::vector<PickleObject> pop_to_mark() {
    if (marks_.empty()) damaged("no mark");
    const auto from = static_cast<std::ptrdiff_t>(marks_.back());
    marks_.pop_back();
    std::vector<PickleObject> items(stack_.begin() + from, stack_.end());
    stack_.resize(static_cast<std::size_t>(from));
    return items;
  }
  std::vector<PickleObject> pop_some(std::size_t count) {
    std::vector<PickleObject> items(count);
    while (count-- > 0) items[count] = pop();
    return items;
  }

  /// Makes `item` part of `owner`: neither cycles nor endless depth.
  void adopt(PickleValue& owner, PickleValue& item) {
    if (owner.sealed) damaged("a value that changes after its use");
    if (&owner == &item) damaged("a value that holds itself");
    item.sealed = true;
    owner.depth = std::max(owner.depth, item.depth + 1);
    if (owner.depth > kDeepest) damaged("values nested too deeply");
  }
  void push_sequence(const std::vector<PickleObject>& items) {
    push_value(PickleSequence{});
    append(items);
  }
  void append(const std::vector<PickleObject>& items) {
    auto* sequence = std::get_if<PickleSequence>(&top().data);
    if (!sequence) damaged("items for something that is no list");
    for (const auto& item : items) {
      adopt(top(), *item);
      sequence->items.push_back(item);
    }
  }
  void set_items(const std::vector<PickleObject>& items) {
    auto* dict = std::get_if<PickleDict>(&top().data);
    if (!dict || items.size() % 2 != 0) damaged("items for something that is no dict");
    for (std::size_t i = 0; i < items.size(); i += 2) {
      adopt(top(), *items[i]);
      adopt(top(), *items[i + 1]);
      dict->items.emplace_back(items[i], items[i + 1]);
    }
  }
  void push_long(std::uint64_t length) {
    if (length > 8) fail(file_, ": expected integers of 64 bits; received one of ", 8 * length);
    std::uint64_t value = number(static_cast<std::size_t>(length));
    if (length > 0 && length < 8 && (value >> (8 * length - 1)) != 0) value |= ~std::uint64_t{0} << (8 * length);
    push_value(static_cast<std::int64_t>(value));
  }
  void push_double() {
    std::uint64_t value = 0;
    for (const std::byte b : take(8)) value = value << 8U | std::to_integer<std::uint64_t>(b);
    push_value(std::bit_cast<double>(value));
  }
  void reduce() {
    const PickleObject arguments = pop();
    const PickleObject function = pop();
    push(reduce_name(*function, *arguments, load_, file_));
  }
  void stack_global() {
    const PickleObject name = pop();
    const PickleObject module = pop();
    if (!name->get<std::string>() || !module->get<std::string>()) damaged("a name that is no text");
    push(make_name(*module->get<std::string>(), *name->get<std::string>(), file_));
  }
  void recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) damaged("an unknown reference");
    push(found->second);
  }
  void memorise(std::uint64_t key) {
    top();
    memo_[key] = stack_.back();
  }

  bool step();
  bool step_container(unsigned char code);
  bool step_scalar(unsigned char code);

  std::span<const std::byte> bytes_;
  std::string file_;
  LoadStorage load_;
  std::size_t at_ = 0;
  std::vector<PickleObject> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleObject> memo_;
};

/// Numbers and texts.
bool Machine::step_scalar(unsigned char code) {
  switch (code) {
    case 'N':
      return push_value(std::monostate{}), true;
    case 0x88:
      return push_value(true), true;
    case 0x89:
      return push_value(false), true;
    case 'J':
      return push_value(std::int64_t{static_cast<std::int32_t>(number(4))}), true;
    case 'K':
      return push_value(static_cast<std::int64_t>(number(1))), true;
    case 'M':
      return push_value(static_cast<std::int64_t>(number(2))), true;
    case 0x8a:
      return push_long(number(1)), true;
    case 0x8b:
      return push_long(number(4)), true;
    case 'G':
      return push_double(), true;
    case 'U':
    case 'C':
    case 0x8c:
      return push_value(text(number(1))), true;
    case 'T':
    case 'B':
    case 'X':
      return push_value(text(number(4))), true;
    case 0x8d:
    case 0x8e:
    case 0x96:
      return push_value(text(number(8))), true;
    default:
      return false;
  }
}

/// Lists, tuples, dicts and sets.
bool Machine::step_container(unsigned char code) {
  switch (code) {
    case ']':
    case ')':
    case 0x8f:
      return push_value(PickleSequence{}), true;
    case '}':
      return push_value(PickleDict{}), true;
    case 'a':
      return append(pop_some(1)), true;
    case 'e':
    case 0x90:
      return append(pop_to_mark()), true;
    case 's':
      return set_items(pop_some(2)), true;
    case 'u':
      return set_items(pop_to_mark()), true;
    case 't':
    case 'l':
    case 0x91:
      return push_sequence(pop_to_mark()), true;
    case 0x85:
      return push_sequence(pop_some(1)), true;
    case 0x86:
      return push_sequence(pop_some(2)), true;
    case 0x87:
      return push_sequence(pop_some(3)), true;
    case 'd': {
      const auto items = pop_to_mark();
      push_value(PickleDict{});
      return set_items(items), true;
    }
    default:
      return false;
  }
}

/// One opcode; false at the end.
bool Machine::step() {
  const auto code = static_cast<unsigned char>(number(1));
  if (step_scalar(code) || step_container(code)) return true;
  switch (code) {
    case 0x80:
      return number(1), true;
    case 0x95:
      return number(8), true;
    case '.':
      return false;
    case '(':
      return marks_.push_back(stack_.size()), true;
    case '0':
      return pop(), true;
    case '1':
      return pop_to_mark(), true;
    case 'q':
      return memorise(number(1)), true;
    case 'r':
      return memorise(number(4)), true;
    case 0x94:
      return memorise(memo_.size()), true;
    case 'h':
      return recall(number(1)), true;
    case 'j':
      return recall(number(4)), true;
    case 'c': {
      const std::string module = line();
      return push(make_name(module, line(), file_)), true;
    }
    case 0x93:
      return stack_global(), true;
    case 'R':
    case 0x81:
      return reduce(), true;
    case 'b': {
      const PickleObject state = pop();
      if (top().sealed) damaged("a value that changes after its use");
      return set_state(top(), *state, file_), true;
    }
    case 'Q':
      return push(make_storage(*pop(), file_)), true;
    default:
      fail(file_, ": damaged pickle, or one of an old protocol: opcode ", int{code}, " at byte ", at_ - 1);
  }
}

}  // namespace

const PickleValue* PickleValue::find(const std::string& key) const {
  const auto* dict = get<PickleDict>();
  if (!dict) return nullptr;
  for (const auto& [name, value] : dict->items)
    if (const auto* text = name->get<std::string>(); text && *text == key) return value.get();
  return nullptr;
}

const char* PickleValue::kind() const {
  constexpr const char* kKinds[] = {"None",   "a bool", "an int",   "a float", "a text",
                                    "a list", "a dict", "an array", "a name"};
  return kKinds[data.index()];
}

PickleRef decode_pickle(std::span<const std::byte> bytes, const std::string& name) {
  return Machine(bytes, name,
                 [&name](const PickleName&) -> Array {
                   fail(name, ": a tensor of an archive; read the file with read_torch_file");
                 })
      .run();
}

PickleRef read_torch_file(const std::string& path) {
  const ZipReader archive(path, "a file of torch.save in zip format");
  std::string folder;
  std::size_t pickle = archive.size();
  for (std::size_t i = 0; i < archive.size(); ++i) {
    const std::string& name = archive.name(i);
    if (!name.ends_with("/data.pkl")) continue;
    check(pickle == archive.size(), path, ": expected one data.pkl; received two");
    pickle = i;
    folder = name.substr(0, name.size() - std::string("data.pkl").size());
  }
  check(pickle < archive.size(), path, ": expected a file of torch.save; received a zip archive without data.pkl");
  if (const std::size_t order = archive.find(folder + "byteorder"); order < archive.size()) {
    const auto bytes = archive.read(order, path);
    check(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) == "little", path,
          ": expected little-endian tensors");
  }
  std::uint64_t handed_out = 0;
  const auto load = [&](const PickleName& storage) {
    const std::size_t member = archive.find(folder + "data/" + storage.detail);
    check(member < archive.size(), path, ": the storage '", storage.detail, "' is missing");
    Array array;
    array.dtype = storage.type;
    array.data = archive.read(member, path + ": storage '" + storage.detail + "'");
    handed_out += array.data.size();
    check(handed_out <= kMostCopies * archive.file_bytes(), path,
          ": expected tensors of their own; received many of few");
    array.shape = {std::ssize(array.data) / dtype_bytes(array.dtype)};
    return array;
  };
  return Machine(archive.read(pickle, path + ": data.pkl"), path, load).run();
}

}  // namespace coset::io
