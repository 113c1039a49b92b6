#ifndef PRODUCT_SEARCH_REPORT_HPP
#define PRODUCT_SEARCH_REPORT_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// One HTML page without outside parts: tables, plots as SVG, light and dark, wide and narrow.
namespace product_search {

inline std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    default:
      out += c;
    }
  }
  return out;
}

/// At most `bytes` bytes, and no half of a character.
inline std::string shortened(std::string const& text, std::size_t bytes) {
  std::size_t end = std::min(bytes, text.size());
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return text.substr(0, end) + (end < text.size() ? "\u2026" : "");
}

inline std::string number(double x, int digits = 4) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", digits, x);
  // No -0.00: what is left of a negative number after rounding has no sign.
  return text[0] == '-' && std::strtod(text, nullptr) == 0 ? text + 1 : text;
}

struct point {
  double x = 0;
  double y = 0;
  std::string note{}; // shown on hovering
};

struct series {
  std::string name;
  std::vector<point> points;
  bool line = true;
};

/// A plot with axes. It scales with the page: everything is in units of a 640 x 360 picture.
class plot {
public:
  plot(std::string title, std::string x, std::string y)
      : title_(std::move(title)), x_(std::move(x)), y_(std::move(y)) {}

  plot& add(series s) {
    all_.push_back(std::move(s));
    return *this;
  }
  /// Where y = x, for reliability.
  plot& diagonal() {
    diagonal_ = true;
    return *this;
  }
  /// Fixed ends of both axes.
  plot& square(double low, double high) {
    fixed_ = true;
    left_ = bottom_ = low;
    right_ = top_ = high;
    return *this;
  }

  std::string svg() {
    if (!fixed_) {
      range();
    }
    std::string s = "<svg viewBox=\"0 0 640 380\" role=\"img\" aria-label=\"" + escaped(title_) + "\">\n";
    for (double const x : ticks(left_, right_)) {
      s += line("grid", px(x), py(bottom_), px(x), py(top_));
      s += text("tick", px(x), 322, "middle", tick_text(x, right_ - left_));
    }
    for (double const y : ticks(bottom_, top_)) {
      s += line("grid", px(left_), py(y), px(right_), py(y));
      s += text("tick", 62, py(y) + 4, "end", tick_text(y, top_ - bottom_));
    }
    s += text("axis", 355, 344, "middle", x_);
    s += "<text class=\"axis\" transform=\"translate(13 165) rotate(-90)\" text-anchor=\"middle\">" + escaped(y_) +
         "</text>\n";
    if (diagonal_) {
      double const from = std::max(left_, bottom_);
      double const to = std::min(right_, top_);
      s += from < to ? line("guide", px(from), py(from), px(to), py(to)) : "";
    }
    for (std::size_t k = 0; k < all_.size(); ++k) {
      std::string const colour = "c" + std::to_string(k % 6);
      if (all_[k].line) {
        s += "<polyline class=\"" + colour + "\" points=\"";
        for (point const& p : all_[k].points) {
          s += number(px(p.x), 1) + ',' + number(py(p.y), 1) + ' ';
        }
        s += "\"/>\n";
      }
      for (point const& p : all_[k].points) {
        s += "<circle class=\"" + colour + "\" cx=\"" + number(px(p.x), 1) + "\" cy=\"" + number(py(p.y), 1) +
             "\" r=\"" + (all_[k].line ? "4" : "5.5") + "\"><title>" +
             escaped(all_[k].name + (p.note.empty() ? "" : ": " + p.note)) + "</title></circle>\n";
      }
    }
    s += "</svg>\n<p class=\"legend\">";
    for (std::size_t k = 0; k < all_.size(); ++k) {
      s += "<span class=\"c" + std::to_string(k % 6) + "\">&#9679; " + escaped(all_[k].name) + "</span> ";
    }
    return "<figure><figcaption>" + escaped(title_) + "</figcaption>" + s + "</p></figure>\n";
  }

private:
  double px(double x) const { return 70 + 550 * (x - left_) / (right_ - left_); }
  double py(double y) const { return 305 - 285 * (y - bottom_) / (top_ - bottom_); }

  void range() {
    left_ = bottom_ = 1e300;
    right_ = top_ = -1e300;
    for (series const& s : all_) {
      for (point const& p : s.points) {
        left_ = std::min(left_, p.x);
        right_ = std::max(right_, p.x);
        bottom_ = std::min(bottom_, p.y);
        top_ = std::max(top_, p.y);
      }
    }
    if (!(left_ <= right_)) {
      left_ = bottom_ = 0;
      right_ = top_ = 1;
    }
    // What differs by rounding alone is one point, as in `compare`; and no axis is finer than the three digits that its
    // ticks have room for.
    auto const widen = [](double& low, double& high) {
      double const size = std::max({1.0, std::fabs(low), std::fabs(high)});
      double const range = high - low;
      double const margin = range > 1e-6 * size ? std::max(0.06 * range, (5e-3 * size - range) / 2) : 0.5 * size;
      low -= margin;
      high += margin;
    };
    widen(left_, right_);
    widen(bottom_, top_);
  }
  static std::string line(char const* kind, double x1, double y1, double x2, double y2) {
    return std::string("<line class=\"") + kind + "\" x1=\"" + number(x1, 1) + "\" y1=\"" + number(y1, 1) + "\" x2=\"" +
           number(x2, 1) + "\" y2=\"" + number(y2, 1) + "\"/>\n";
  }
  static std::string text(char const* kind, double x, double y, char const* anchor, std::string const& what) {
    return std::string("<text class=\"") + kind + "\" x=\"" + number(x, 1) + "\" y=\"" + number(y, 1) +
           "\" text-anchor=\"" + anchor + "\">" + escaped(what) + "</text>\n";
  }
  // Round numbers: steps of 1, 2 or 5 times a power of ten.
  static std::vector<double> ticks(double low, double high) {
    double const rough = (high - low) / 4;
    double const power = std::pow(10.0, std::floor(std::log10(rough)));
    double const step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : 5);
    std::vector<double> at;
    for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) {
      at.push_back(k * step + 0.0);
    }
    return at;
  }
  static std::string tick_text(double v, double range) {
    return number(v, range < 0.08 ? 3 : range < 1.5 ? 2 : range < 8 ? 1 : 0);
  }

  std::string title_, x_, y_;
  std::vector<series> all_;
  double left_ = 0, right_ = 1, bottom_ = 0, top_ = 1;
  bool fixed_ = false;
  bool diagonal_ = false;
};

/// Bars side by side: one group per category, one bar per row.
inline std::string bars(std::string const& title, std::vector<std::string> const& categories,
                        std::vector<std::pair<std::string, std::vector<double>>> const& rows) {
  double highest = 1e-12;
  for (auto const& row : rows) {
    for (double v : row.second) {
      highest = std::max(highest, v);
    }
  }
  std::string s = "<figure><figcaption>" + escaped(title) +
                  "</figcaption><svg viewBox=\"0 0 640 300\" role=\"img\" "
                  "aria-label=\"" +
                  escaped(title) + "\">\n";
  double const group = 600.0 / static_cast<double>(categories.size());
  double const width = std::min(70.0, group * 0.8 / static_cast<double>(rows.size()));
  for (std::size_t c = 0; c < categories.size(); ++c) {
    double const middle = 20 + group * (static_cast<double>(c) + 0.5);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      double const v = rows[r].second[c];
      double const x = middle + width * (static_cast<double>(r) - static_cast<double>(rows.size()) / 2);
      double const height = 230 * v / highest;
      s += "<rect class=\"c" + std::to_string(r % 6) + "\" x=\"" + number(x + 2, 1) + "\" y=\"" +
           number(260 - height, 1) + "\" width=\"" + number(width - 4, 1) + "\" height=\"" + number(height, 1) +
           "\"><title>" + escaped(rows[r].first + ", " + categories[c] + ": " + number(v, 3)) + "</title></rect>\n";
      s += "<text class=\"tick\" text-anchor=\"middle\" x=\"" + number(x + width / 2, 1) + "\" y=\"" +
           number(254 - height, 1) + "\">" + number(v, 2) + "</text>\n";
    }
    s += "<text class=\"axis\" text-anchor=\"middle\" x=\"" + number(middle, 1) + "\" y=\"284\">" +
         escaped(categories[c]) + "</text>\n";
  }
  s += "</svg>\n<p class=\"legend\">";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    s += "<span class=\"c" + std::to_string(r % 6) + "\">&#9679; " + escaped(rows[r].first) + "</span> ";
  }
  return s + "</p></figure>\n";
}

/// The same rows go to the page and to a file of tab-separated values.
class table {
public:
  explicit table(std::vector<std::string> head) : head_(std::move(head)) {}
  table& add(std::vector<std::string> row) {
    rows_.push_back(std::move(row));
    return *this;
  }

  std::string html() const {
    std::string s = "<div class=\"wide\"><table><thead><tr>";
    for (std::string const& h : head_) {
      s += "<th>" + escaped(h) + "</th>";
    }
    s += "</tr></thead><tbody>\n";
    for (auto const& row : rows_) {
      s += "<tr>";
      for (std::string const& cell : row) {
        s += "<td>" + escaped(cell) + "</td>";
      }
      s += "</tr>\n";
    }
    return s + "</tbody></table></div>\n";
  }
  std::string text() const {
    std::vector<std::size_t> width(head_.size());
    for (std::size_t c = 0; c < head_.size(); ++c) {
      width[c] = head_[c].size();
      for (auto const& row : rows_) {
        width[c] = std::max(width[c], row[c].size());
      }
    }
    std::string s;
    auto const write = [&](std::vector<std::string> const& row) {
      s += "  ";
      for (std::size_t c = 0; c < row.size(); ++c) {
        std::string const blanks(width[c] - row[c].size(), ' ');
        s += c == 0 ? row[c] + blanks : "  " + blanks + row[c];
      }
      s += '\n';
    };
    write(head_);
    for (auto const& row : rows_) {
      write(row);
    }
    return s;
  }
  void save(std::string const& path) const {
    std::ofstream file(path);
    auto const write = [&file](std::vector<std::string> const& row) {
      for (std::size_t c = 0; c < row.size(); ++c) {
        file << (c == 0 ? "" : "\t") << row[c];
      }
      file << '\n';
    };
    write(head_);
    for (auto const& row : rows_) {
      write(row);
    }
    if (!file.flush()) {
      throw std::runtime_error(path + ": cannot be written");
    }
  }

private:
  std::vector<std::string> head_;
  std::vector<std::vector<std::string>> rows_;
};

constexpr char const* page_head = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Product search: relevance and engagement</title>
<style>
:root { color-scheme: light dark; --back: #fbfaf8; --card: #fff; --ink: #1d1f23; --soft: #667; --rule: #ddd9d2;
  --c0: #0b6e99; --c1: #c2571a; --c2: #3f7d3a; --c3: #8a4fa3; --c4: #a8841a; --c5: #b03a5b; }
@media (prefers-color-scheme: dark) { :root { --back: #16181c; --card: #1e2126; --ink: #e8e6e1; --soft: #9aa0a8;
  --rule: #353a42; --c0: #5db7de; --c1: #ec925c; --c2: #84c47d; --c3: #c595dc; --c4: #dcbb5a; --c5: #e77b98; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.2rem; background: var(--back); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .4rem 0; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .5rem; }
p, li { max-width: 46rem; } .soft { color: var(--soft); }
.badge { display: inline-block; padding: .1rem .55rem; border: 1px solid var(--c1); color: var(--c1); border-radius: 1rem;
  font-size: .85rem; }
figure { margin: 1rem 0; padding: .8rem; background: var(--card); border: 1px solid var(--rule); border-radius: .5rem; }
figcaption { font-weight: 600; margin-bottom: .3rem; } svg { width: 100%; height: auto; display: block; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 0 1rem; }
.grid { stroke: var(--rule); stroke-width: 1; } .guide { stroke: var(--soft); stroke-dasharray: 5 5; }
.tick { fill: var(--soft); font-size: 13px; } .axis { fill: var(--ink); font-size: 14px; }
@media (max-width: 32rem) { .tick, .axis { font-size: 20px; } svg { overflow: visible; } body { padding: .8rem; }
  text[transform] { transform: translate(-8px, 165px) rotate(-90deg); } }
polyline { fill: none; stroke-width: 2.2; } .legend { margin: .3rem 0 0; font-size: .9rem; }
.legend span { margin-right: .8rem; white-space: nowrap; }
circle.c0, rect.c0 { fill: var(--c0); } polyline.c0 { stroke: var(--c0); } span.c0 { color: var(--c0); }
circle.c1, rect.c1 { fill: var(--c1); } polyline.c1 { stroke: var(--c1); } span.c1 { color: var(--c1); }
circle.c2, rect.c2 { fill: var(--c2); } polyline.c2 { stroke: var(--c2); } span.c2 { color: var(--c2); }
circle.c3, rect.c3 { fill: var(--c3); } polyline.c3 { stroke: var(--c3); } span.c3 { color: var(--c3); }
circle.c4, rect.c4 { fill: var(--c4); } polyline.c4 { stroke: var(--c4); } span.c4 { color: var(--c4); }
circle.c5, rect.c5 { fill: var(--c5); } polyline.c5 { stroke: var(--c5); } span.c5 { color: var(--c5); }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; margin: .6rem 0; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap;
  overflow-wrap: normal; }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: min(17rem, 36vw); position: sticky;
  left: 0; background: var(--back); }
th { color: var(--soft); font-weight: 600; white-space: normal; vertical-align: bottom; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
.results { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; }
.results ol { padding-left: 1.6rem; margin: .3rem 0; }
.results li { margin-bottom: .55rem; unicode-bidi: plaintext; }
.bar { display: flex; height: .55rem; margin-top: .15rem; border-radius: .2rem; overflow: hidden; background: var(--rule); }
.bar i { display: block; } .bar .c0 { background: var(--c0); } .bar .c1 { background: var(--c1); }
.bar .c2 { background: var(--c2); } .bar .c3 { background: var(--c3); }
</style></head><body>
)";

} // namespace product_search

#endif
