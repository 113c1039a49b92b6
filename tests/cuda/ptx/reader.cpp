#include "accesses.hpp"
#include "operations.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace ptx {
namespace {

using std::string;
using std::string_view;
using std::uint32_t;
using std::uint64_t;

/// Words, numbers, strings and single characters.
class tokens {
public:
  explicit tokens(string_view text) : text_(text) {}

  bool done() {
    skip();
    return at_ >= text_.size();
  }
  string_view next() {
    skip();
    std::size_t const from = at_;
    if (at_ >= text_.size()) {
      fail("the end");
    }
    if (text_[at_] == '"') {
      at_ = text_.find('"', at_ + 1) + 1;
    } else if (of_word(text_[at_])) {
      while (at_ < text_.size() && (of_word(text_[at_]) || text_.substr(at_, 2) == "::")) {
        at_ += text_[at_] == ':' ? 2 : 1;
      }
    } else {
      ++at_;
    }
    return text_.substr(from, at_ - from);
  }
  string_view peek() {
    tokens ahead = *this;
    return ahead.next();
  }
  bool accept(string_view word) {
    bool const is = peek() == word;
    if (is) {
      next();
    }
    return is;
  }
  void expect(string_view word) {
    string_view const found = next();
    if (found != word) {
      fail(string(word) + " is expected, not " + string(found));
    }
  }
  void skip_statement() {
    while (next() != ";") {
    }
  }
  uint32_t line() const { return line_; }
  [[noreturn]] void fail(string const& why) const { throw fault("PTX, line " + std::to_string(line_) + ": " + why); }

private:
  static bool of_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || string_view("_$%.").find(c) != string_view::npos;
  }
  void skip() {
    while (at_ < text_.size()) {
      char const c = text_[at_];
      if (text_.substr(at_, 2) == "//") {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '\n' || c == ' ' || c == '\t' || c == '\0') {
        line_ += c == '\n' ? 1 : 0;
        ++at_;
      } else {
        return;
      }
    }
  }

  string_view text_;
  std::size_t at_ = 0;
  uint32_t line_ = 1;
};

/// Decimal and hexadecimal numbers, and the bits of floats: 12, 0x0c, 0f3F800000, 0d3FF0000000000000.
bool number(string_view word, uint64_t& bits) {
  if (word.empty() || std::isdigit(static_cast<unsigned char>(word[0])) == 0) {
    return false;
  }
  bool const coded = word.size() > 2 && word[0] == '0' && std::isdigit(static_cast<unsigned char>(word[1])) == 0;
  if (coded) {
    word.remove_prefix(2);
  }
  if (word.back() == 'U') {
    word.remove_suffix(1);
  }
  return std::from_chars(word.data(), word.data() + word.size(), bits, coded ? 16 : 10).ec == std::errc{};
}

/// Of a type: .b32, .pred.
uint32_t bytes_of(string_view type) {
  uint64_t bits = 0;
  return number(type.substr(type.find_first_of("0123456789")), bits) ? static_cast<uint32_t>(bits / 8) : 0;
}

uint32_t round_up(uint32_t x, uint32_t to) {
  return (x + to - 1) / to * to;
}

class reader {
public:
  reader(string_view text, uint64_t shared, allocate_variable allocate, void* memory, module& made)
      : in_(text), shared_(shared), allocate_(allocate), memory_(memory), made_(made) {}

  void read() {
    while (!in_.done()) {
      string_view const word = in_.next();
      if (word == ".version" || word == ".address_size" || word == ".target") {
        in_.next();
      } else if (word == ".func") {
        read_function(false);
      } else if (word == ".entry") {
        read_function(true);
      } else if (word == ".global" || word == ".const") {
        global_variable();
      } else if (word == ".shared") {
        shared_variable();
      } else if (word != ".visible" && word != ".weak" && word != ".extern" && word != ".common") {
        in_.fail("what " + string(word) + " says is not known");
      }
    }
    for (auto const& [name, f] : made_.functions) {
      for (instruction& i : f->code) {
        if (i.call) {
          auto const found = made_.functions.find(i.call->name);
          i.call->callee = found != made_.functions.end() && found->second->defined ? found->second.get() : nullptr;
        }
      }
    }
  }

private:
  // ---- variables

  struct variable {
    string name;
    uint32_t bytes = 0;
    uint32_t element = 0;
    uint32_t alignment = 1;
  };

  /// .align 8 .b8 name[3]
  variable declared() {
    variable v;
    uint64_t size = 0;
    while (v.name.empty()) {
      string_view const word = in_.next();
      if (word == ".align") {
        number(in_.next(), size);
        v.alignment = static_cast<uint32_t>(size);
      } else if (word[0] != '.') {
        v.name = word;
      } else if (word != ".ptr" && word != ".global") { // what a pointer points at
        v.element = bytes_of(word);
      }
    }
    v.alignment = std::max(v.alignment, v.element);
    v.bytes = v.element;
    while (in_.accept("[")) {
      size = 0;
      if (number(in_.peek(), size)) {
        in_.next();
      }
      v.bytes *= static_cast<uint32_t>(size);
      in_.expect("]");
    }
    return v;
  }
  void in_frame(variable const& v) {
    frame_ = round_up(frame_, std::max(v.alignment, uint32_t{8}));
    scopes_.back()[v.name] = {place::frame, frame_};
    frame_ += v.bytes;
  }
  /// One without a size begins where dynamic memory does.
  void shared_variable() {
    variable const v = declared();
    in_.expect(";");
    if (v.bytes == 0) {
      made_.variables[v.name] = shared_ + dynamic_shared;
      return;
    }
    shared_end_ = round_up(shared_end_, std::max(v.alignment, uint32_t{16}));
    made_.variables[v.name] = shared_ + shared_end_;
    made_.shared_ranges.emplace_back(shared_end_, v.bytes);
    shared_end_ += v.bytes + 64; // what lies between is nobody's
  }
  void global_variable() {
    variable const v = declared();
    uint64_t const address = allocate_(memory_, std::max(v.bytes, uint32_t{1}), v.alignment);
    made_.variables[v.name] = address;
    if (in_.accept("=")) {
      initialise(reinterpret_cast<std::byte*>(address), v);
    }
    in_.expect(";");
  }
  void initialise(std::byte* to, variable const& v) {
    for (uint32_t at = 0; in_.peek() != ";";) {
      bool const minus = in_.accept("-");
      string_view const word = in_.next();
      uint64_t bits = 0;
      if (number(word, bits)) {
        bits = minus ? 0 - bits : bits;
      } else if (string_view("{},()").find(word) != string_view::npos || word == "generic") {
        continue;
      } else {
        bits = static_cast<uint64_t>(named(word).index);
      }
      if (at + v.element > v.bytes) {
        in_.fail("too many values for " + v.name);
      }
      std::memcpy(to + at, &bits, v.element);
      at += v.element;
    }
  }

  // ---- functions

  std::vector<parameter> parameters() {
    std::vector<parameter> all;
    in_.expect("(");
    while (!in_.accept(")")) {
      in_.expect(".param");
      variable const v = declared();
      in_frame(v);
      all.push_back({v.bytes, scopes_.back()[v.name].index});
      in_.accept(",");
    }
    return all;
  }

  void read_function(bool is_kernel) {
    scopes_.assign(1, {});
    labels_.clear();
    tables_.clear();
    jumps_.clear();
    registers_ = frame_ = 0;
    std::vector<parameter> results;
    if (!is_kernel && in_.peek() == "(") {
      results = parameters();
    }
    string const name(in_.next());
    auto& slot = made_.functions[name];
    if (!slot) {
      slot = std::make_unique<function>();
    }
    f_ = slot.get();
    f_->name = name;
    f_->home = &made_;
    std::vector<parameter> const takes = in_.peek() == "(" ? parameters() : std::vector<parameter>{};
    uint32_t most_threads = 0;
    for (string_view word = in_.peek(); word[0] == '.'; word = in_.peek()) {
      in_.next();
      if (word == ".maxntid" || word == ".reqntid") {
        most_threads = 1;
        do {
          uint64_t threads = 0;
          number(in_.next(), threads);
          most_threads *= static_cast<uint32_t>(threads);
        } while (in_.accept(","));
      } else if (word != ".noreturn") {
        in_.next(); // .minnctapersm 2, .pragma "nounroll"
      }
    }
    if (in_.accept(";")) {
      return; // a declaration
    }
    f_->parameters = takes;
    f_->results = results;
    f_->most_threads = most_threads;
    f_->defined = true;
    in_.expect("{");
    block();
    finish();
  }

  /// What was counted from the beginning of the frame stands behind the registers, and jumps know where they go.
  void finish() {
    instruction end;
    end.line = in_.line();
    end.run = [](thread&, instruction const&) {
      throw fault("a function ends without returning: nvcc makes this of what it cannot compile for a device");
    };
    f_->code.push_back(std::move(end));
    uint32_t const behind = round_up(8 * registers_, 64);
    f_->frame = round_up(behind + frame_, 64);
    auto const move = [&](operand& o) { o.index += o.where == place::frame ? behind : 0; };
    for (instruction& i : f_->code) {
      for (operand* o : {&i.d, &i.p, &i.a, &i.b, &i.c, &i.e}) {
        move(*o);
      }
      std::for_each(i.vector.begin(), i.vector.end(), move);
      if (i.call) {
        for (auto* places : {&i.call->arguments, &i.call->results}) {
          for (std::int64_t& p : *places) {
            p += behind;
          }
        }
      }
    }
    for (auto* places : {&f_->parameters, &f_->results}) {
      for (parameter& p : *places) {
        p.where += behind;
      }
    }
    f_->keeps_its_result =
        !f_->results.empty() && std::none_of(f_->code.begin(), f_->code.end(), [&](instruction const& i) {
          return (i.bytes != 0 && i.a.where == place::frame && i.a.index == f_->results[0].where) ||
                 (i.call && !i.call->results.empty() && i.call->results[0] == f_->results[0].where);
        });
    auto const target_of = [&](string const& label) {
      auto const found = labels_.find(label);
      return found != labels_.end() ? found->second : throw fault("no label " + label);
    };
    for (auto const& [at, label] : jumps_) {
      instruction& i = f_->code[at];
      if (i.what == kind::branch) {
        i.target = target_of(label);
      } else {
        for (string const& l : tables_.at(label)) {
          i.targets.push_back(target_of(l));
        }
      }
    }
  }

  void block() {
    scopes_.emplace_back();
    while (!in_.accept("}")) {
      statement();
    }
    scopes_.pop_back();
  }

  void statement() {
    string_view const word = in_.peek();
    if (word == "{") {
      in_.next();
      block();
    } else if (word == ";") {
      in_.next();
    } else if (word == ".reg") {
      in_.next();
      in_.next(); // the type
      do {
        declare_registers(string(in_.next()));
      } while (in_.accept(","));
      in_.expect(";");
    } else if (word == ".local" || word == ".param") {
      in_.next();
      in_frame(declared());
      in_.expect(";");
    } else if (word == ".shared") {
      in_.next();
      shared_variable();
    } else if (word == ".pragma") {
      in_.skip_statement();
    } else if (!label()) {
      f_->code.push_back(read_instruction());
    }
  }
  void declare_registers(string const& name) {
    uint64_t count = 1;
    bool const several = in_.accept("<");
    if (several) {
      number(in_.next(), count);
      in_.expect(">");
    }
    for (uint64_t k = 0; k < count; ++k) {
      scopes_.back()[several ? name + std::to_string(k) : name] = {place::reg, registers_++};
    }
  }
  bool label() {
    tokens const before = in_;
    string const name(in_.next());
    if (!in_.accept(":")) {
      in_ = before;
      return false;
    }
    if (in_.accept(".branchtargets")) {
      do {
        tables_[name].emplace_back(in_.next());
      } while (in_.accept(","));
      in_.expect(";");
    } else {
      labels_[name] = static_cast<uint32_t>(f_->code.size());
    }
    return true;
  }

  // ---- operands

  operand named(string_view word) {
    string const name(word);
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      auto const found = scope->find(name);
      if (found != scope->end()) {
        return found->second;
      }
    }
    auto const found = made_.variables.find(name);
    if (found == made_.variables.end()) {
      in_.fail("nothing is called " + name);
    }
    return {place::constant, static_cast<std::int64_t>(found->second)};
  }
  static operand special_named(string_view word) {
    static std::map<string_view, special> const names = {{"%tid.x", tid_x},
                                                         {"%tid.y", tid_y},
                                                         {"%tid.z", tid_z},
                                                         {"%ntid.x", ntid_x},
                                                         {"%ntid.y", ntid_y},
                                                         {"%ntid.z", ntid_z},
                                                         {"%ctaid.x", ctaid_x},
                                                         {"%ctaid.y", ctaid_y},
                                                         {"%ctaid.z", ctaid_z},
                                                         {"%nctaid.x", nctaid_x},
                                                         {"%nctaid.y", nctaid_y},
                                                         {"%nctaid.z", nctaid_z},
                                                         {"%laneid", laneid},
                                                         {"%warpid", warpid},
                                                         {"%nwarpid", nwarpid},
                                                         {"%lanemask_eq", lanemask_eq},
                                                         {"%lanemask_lt", lanemask_lt},
                                                         {"%lanemask_le", lanemask_le},
                                                         {"%lanemask_gt", lanemask_gt},
                                                         {"%lanemask_ge", lanemask_ge},
                                                         {"%dynamic_smem_size", dynamic_smem_size},
                                                         {"%clock", zero},
                                                         {"%clock64", zero},
                                                         {"%globaltimer", zero},
                                                         {"%smid", zero},
                                                         {"%gridid", zero}};
    auto const found = names.find(word);
    return found != names.end() ? operand{place::special, found->second} : operand{};
  }
  operand value() {
    bool const minus = in_.accept("-");
    string_view const word = in_.next();
    uint64_t bits = 0;
    if (number(word, bits)) {
      return {place::constant, static_cast<std::int64_t>(minus ? 0 - bits : bits)};
    }
    if (word == "_" || word == "WARP_SZ") {
      return word == "_" ? operand{} : operand{place::constant, 32};
    }
    operand const s = special_named(word);
    operand o = s.where != place::none ? s : named(word);
    if (in_.accept("+")) {
      number(in_.next(), bits);
      o.index += static_cast<std::int64_t>(bits);
    }
    return o;
  }
  std::vector<operand> values() { // behind the brace
    std::vector<operand> all;
    do {
      all.push_back(value());
    } while (in_.accept(","));
    in_.expect("}");
    return all;
  }
  void address(instruction& i) {
    in_.expect("[");
    string_view const word = in_.next();
    uint64_t bits = 0;
    i.a = number(word, bits) ? operand{place::constant, static_cast<std::int64_t>(bits)} : named(word);
    while (in_.peek() != "]") {
      bool const down = in_.next() == "-" || in_.accept("-");
      number(in_.next(), bits);
      i.offset += static_cast<std::int64_t>(down ? 0 - bits : bits);
    }
    in_.next();
  }
  void then(operand& o) {
    in_.expect(",");
    o = value();
  }
  std::vector<std::int64_t> places() {
    std::vector<std::int64_t> all;
    in_.expect("(");
    while (!in_.accept(")")) {
      all.push_back(named(in_.next()).index);
      in_.accept(",");
    }
    return all;
  }

  // ---- instructions

  instruction read_instruction() {
    instruction i;
    i.line = in_.line();
    if (in_.accept("@")) {
      i.negated = in_.accept("!");
      i.guard = static_cast<std::int32_t>(named(in_.next()).index);
    }
    mnemonic const n{in_.next()};
    string_view const base = n.base();
    if (base == "bra" || base == "brx") {
      jump(i, base == "brx");
    } else if (base == "ret" || base == "exit") {
      i.what = base == "ret" ? kind::leave : kind::exit;
    } else if (base == "trap") {
      i.run = [](thread&, instruction const&) { throw fault("the kernel traps"); };
    } else if (base == "call") {
      i.what = kind::call;
      i.call = std::make_unique<call_of>();
      if (in_.peek() == "(") {
        i.call->results = places();
        in_.expect(",");
      }
      i.call->name = in_.next();
      if (in_.accept(",")) {
        i.call->arguments = places();
      }
    } else if (base == "membar" || base == "fence" || base == "nanosleep" || base == "prefetch") {
      i.what = kind::nothing;
      in_.skip_statement();
      return i;
    } else if (base == "ld" || base == "st" || base == "atom" || base == "red") {
      memory_access(n, i);
    } else if (base == "shfl" || base == "vote" || base == "match" || base == "redux" || base == "activemask") {
      of_warp(n, i);
    } else if (base == "bar" || base == "barrier") {
      barrier(n, i);
    } else {
      arithmetic(n, i);
    }
    in_.expect(";");
    return i;
  }
  void jump(instruction& i, bool by_table) {
    i.what = by_table ? kind::table : kind::branch;
    if (by_table) {
      i.a = value();
      in_.expect(",");
    }
    jumps_.emplace_back(f_->code.size(), in_.next());
  }
  void memory_access(mnemonic n, instruction& i) {
    string_view const base = n.base();
    i.bytes = static_cast<std::uint8_t>(bytes_of(n.type()));
    i.extended = n.type()[0] == 's';
    i.strong = n.has("volatile") || n.has("relaxed") || n.has("acquire") || n.has("release");
    i.elements = n.has("v2") ? 2 : n.has("v4") ? 4 : 1;
    bool const loads = base == "ld";
    auto const data = [&] {
      if (in_.accept("{")) {
        i.vector = values();
      } else {
        (base == "ld" || base == "atom" ? i.d : i.b) = value();
      }
    };
    if (loads || base == "atom") {
      data();
      in_.expect(",");
    }
    address(i);
    if (base == "st") {
      in_.expect(",");
      data();
    } else if (!loads) {
      then(i.b);
      if (in_.accept(",")) {
        i.c = value();
      }
    }
    i.run = loads ? load_of(i.bytes) : base == "st" ? store_of(i.bytes) : update_of(n, i);
    if (i.run == nullptr) {
      in_.fail(string(n.all) + " is not known");
    }
  }
  void of_warp(mnemonic n, instruction& i) {
    string_view const base = n.base();
    auto const which = [&](std::initializer_list<string_view> names) {
      std::uint8_t k = 0;
      for (string_view const name : names) {
        if (n.has(name)) {
          break;
        }
        ++k;
      }
      return k;
    };
    i.d = value();
    if (in_.accept("|")) {
      i.p = value();
    }
    if (base == "activemask") {
      i.what = kind::active;
      return;
    }
    then(i.a);
    if (base == "shfl") {
      i.what = kind::shuffle;
      i.variant = which({"up", "down", "bfly", "idx"});
      then(i.b);
      then(i.c);
    } else if (base == "vote") {
      i.what = kind::vote;
      i.variant = which({"all", "any", "uni", "ballot"});
    } else if (base == "match") {
      i.what = kind::match;
      i.variant = which({"any", "all"});
    } else {
      i.what = kind::reduce;
      i.variant = which({"add", "min", "max", "and", "or", "xor"});
      i.extended = n.type()[0] == 's';
    }
    i.bytes = static_cast<std::uint8_t>(base == "vote" ? 4 : bytes_of(n.type()));
    then(i.e);
  }
  /// bar.sync a, c;  bar.red.popc.u32 d, a, c, b;  the count of threads, c, may be missing; bar.warp.sync e.
  void barrier(mnemonic n, instruction& i) {
    if (n.has("warp")) {
      i.what = kind::warp_barrier;
      i.e = value();
      return;
    }
    i.what = kind::barrier;
    i.variant = n.has("popc") ? 1 : n.has("and") ? 2 : n.has("or") ? 3 : 0;
    if (n.has("arrive")) {
      in_.fail("bar.arrive is not known");
    }
    if (i.variant != 0) {
      i.d = value();
      in_.expect(",");
    }
    i.a = value();
    if (in_.accept(",")) {
      i.c = value();
    }
    if (i.variant != 0 && in_.accept(",")) {
      i.b = value();
    } else if (i.variant != 0) {
      i.b = i.c;
      i.c = {};
    }
  }
  void arithmetic(mnemonic n, instruction& i) {
    operand* const sources[] = {&i.a, &i.b, &i.c, &i.e};
    bool const unpacks = in_.accept("{");
    if (unpacks) {
      i.vector = values();
    } else {
      i.d = value();
    }
    if (in_.accept("|")) {
      i.p = value();
    }
    std::size_t count = 0;
    while (in_.accept(",")) {
      if (in_.accept("{")) {
        i.vector = values();
      } else {
        *sources[count++ % 4] = value();
      }
    }
    if (i.vector.empty()) {
      i.run = arithmetic_of(n, i);
    } else {
      i.bytes = static_cast<std::uint8_t>(bytes_of(n.type()));
      i.run = n.base() != "mov" ? nullptr : unpacks ? unpack : pack;
    }
    if (i.run == nullptr) {
      in_.fail(string(n.all) + " is not known");
    }
  }

  tokens in_;
  uint64_t shared_;
  allocate_variable allocate_;
  void* memory_;
  module& made_;
  uint32_t shared_end_ = 0;

  // of the function
  function* f_ = nullptr;
  std::vector<std::unordered_map<string, operand>> scopes_;
  std::unordered_map<string, uint32_t> labels_;
  std::unordered_map<string, std::vector<string>> tables_;
  std::vector<std::pair<std::size_t, string>> jumps_; ///< which instruction, and the label or table
  uint32_t registers_ = 0;
  uint32_t frame_ = 0; ///< behind the registers
};

} // namespace

std::unique_ptr<module> read(string_view text, uint64_t shared, allocate_variable allocate, void* memory) {
  auto made = std::make_unique<module>();
  reader(text, shared, allocate, memory, *made).read();
  return made;
}

} // namespace ptx
