// SQLite: timestamps are text in UTC, "YYYY-MM-DD HH:MM:SS", and the calendar is strftime's.

#include "compile/dialect.h"

namespace analyst {

namespace {

std::string format(const char* pattern, const std::string& local) {
  return "strftime('" + std::string(pattern) + "', " + local + ")";
}

std::string number(const char* pattern, const std::string& local) {
  return "CAST(" + format(pattern, local) + " AS INTEGER)";
}

class SqliteDialect final : public Dialect {
 public:
  std::string_view name() const override { return "sqlite"; }

  std::string quoted(std::string_view identifier) const override {
    std::string text = "\"";
    for (const char c : identifier) {
      if (c == '"') text += '"';
      text += c;
    }
    return text + "\"";
  }

  std::string parameter(std::size_t index) const override { return "?" + std::to_string(index); }

  std::string same(const std::string& left, const std::string& right) const override { return left + " IS " + right; }

  // LIKE ignores the case of ASCII letters.
  std::string like(const std::string& text, const std::string& pattern) const override {
    return text + " LIKE " + pattern + " ESCAPE '\\'";
  }

  std::string as_real(const std::string& value) const override { return "CAST(" + value + " AS REAL)"; }
  std::string as_integer(const std::string& value) const override { return "CAST(" + value + " AS INTEGER)"; }

  std::string shifted(const std::string& timestamp, const std::string& seconds) const override {
    return "datetime(" + timestamp + ", " + seconds + " || ' seconds')";
  }

  std::string timeframe(Timeframe timeframe, const std::string& local) const override {
    switch (timeframe) {
      case Timeframe::raw:
        return local;
      case Timeframe::second:
        return "datetime(" + local + ")";
      case Timeframe::minute:
        return format("%Y-%m-%d %H:%M:00", local);
      case Timeframe::hour:
        return format("%Y-%m-%d %H:00:00", local);
      case Timeframe::date:
        return "date(" + local + ")";
      // The next Sunday, or the same day if it is one, less six days.
      case Timeframe::week:
        return "date(" + local + ", 'weekday 0', '-6 days')";
      case Timeframe::month:
        return format("%Y-%m", local);
      case Timeframe::quarter:
        return format("%Y-Q", local) + " || ((" + number("%m", local) + " + 2) / 3)";
      case Timeframe::year:
        return format("%Y", local);
      case Timeframe::day_of_week_num:
        return "(" + number("%w", local) + " + 6) % 7 + 1";
      case Timeframe::day_of_week_name:
        return "CASE " + format("%w", local) +
               " WHEN '1' THEN 'Monday' WHEN '2' THEN 'Tuesday' WHEN '3' THEN 'Wednesday' WHEN '4' THEN 'Thursday'"
               " WHEN '5' THEN 'Friday' WHEN '6' THEN 'Saturday' WHEN '0' THEN 'Sunday' END";
      case Timeframe::day_of_month:
        return number("%d", local);
      case Timeframe::day_of_year:
        return number("%j", local);
      case Timeframe::hour_of_day:
        return number("%H", local);
      case Timeframe::month_num:
        return number("%m", local);
      case Timeframe::month_name:
        return "CASE " + format("%m", local) +
               " WHEN '01' THEN 'January' WHEN '02' THEN 'February' WHEN '03' THEN 'March' WHEN '04' THEN 'April'"
               " WHEN '05' THEN 'May' WHEN '06' THEN 'June' WHEN '07' THEN 'July' WHEN '08' THEN 'August'"
               " WHEN '09' THEN 'September' WHEN '10' THEN 'October' WHEN '11' THEN 'November'"
               " WHEN '12' THEN 'December' END";
      case Timeframe::quarter_of_year:
        return "(" + number("%m", local) + " + 2) / 3";
    }
    return local;
  }

  std::string list_over(const std::string& value, const std::string& partition) const override {
    return "group_concat(" + value + ", ', ') OVER (" + partition + "ORDER BY " + value +
           " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)";
  }
};

}  // namespace

const Dialect& sqlite_dialect() {
  static const SqliteDialect dialect;
  return dialect;
}

}  // namespace analyst
