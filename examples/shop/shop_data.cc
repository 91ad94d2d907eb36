#include "shop/shop_data.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "shop/assortment.h"
#include "shop/calendar.h"
#include "shop/people.h"
#include "shop/random.h"

namespace shop {
namespace {

using std::chrono::sys_days;

constexpr const char* tables = R"(
CREATE TABLE regions (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE
);
CREATE TABLE customers (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,
  email       TEXT NOT NULL,
  country     TEXT NOT NULL,
  region_id   INTEGER NOT NULL REFERENCES regions (id),
  segment     TEXT NOT NULL,
  created_at  DATETIME NOT NULL
);
CREATE TABLE products (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,
  category    TEXT NOT NULL,
  brand       TEXT NOT NULL,
  price       NUMERIC(10,2) NOT NULL,
  cost        NUMERIC(10,2) NOT NULL
);
CREATE TABLE orders (
  id          INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  status      TEXT NOT NULL,
  channel     TEXT NOT NULL,
  created_at  DATETIME NOT NULL
);
CREATE TABLE order_items (
  id          INTEGER PRIMARY KEY,
  order_id    INTEGER NOT NULL REFERENCES orders (id),
  product_id  INTEGER NOT NULL REFERENCES products (id),
  quantity    INTEGER NOT NULL,
  unit_price  NUMERIC(10,2) NOT NULL,
  discount    NUMERIC(10,2) NOT NULL
);
CREATE TABLE returns (
  id            INTEGER PRIMARY KEY,
  order_item_id INTEGER NOT NULL REFERENCES order_items (id),
  returned_at   DATETIME NOT NULL,
  reason        TEXT NOT NULL,
  refund        NUMERIC(10,2) NOT NULL
);
)";

// Made after the rows, which is faster than keeping them up to date.
constexpr const char* indexes = R"(
CREATE INDEX customers_by_region ON customers (region_id);
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE INDEX orders_by_time ON orders (created_at);
CREATE INDEX order_items_by_order ON order_items (order_id);
CREATE INDEX order_items_by_product ON order_items (product_id);
CREATE INDEX returns_by_item ON returns (order_item_id);
CREATE INDEX returns_by_time ON returns (returned_at);
ANALYZE;
)";

double money(std::int64_t cents) { return static_cast<double>(cents) / 100.0; }

// The orders an hour brings, in proportion, midnight first.
constexpr std::array<int, 24> hours = {12, 7, 5, 4, 5, 9,  18, 30, 42, 50, 55, 58,
                                       62, 56, 52, 50, 52, 58, 70, 84, 90, 74, 46, 24};
constexpr std::array<int, 4> items_per_order = {46, 31, 15, 8};
constexpr std::array<int, 4> quantities = {78, 15, 5, 2};

struct Channel {
  const char* name;
  // In percent, in the first year and in the last.
  int start;
  int end;
};
constexpr std::array<Channel, 3> channels = {{{"web", 55, 48}, {"store", 33, 20}, {"app", 12, 32}}};

constexpr std::array<const char*, 6> reasons = {"too small",        "too large",        "changed my mind",
                                                "not as described", "damaged in transit", "arrived too late"};
constexpr std::array<int, 6> reason_weights = {27, 21, 24, 13, 9, 6};

// The customers of one region who order, oldest first.
struct Buyers {
  std::vector<std::size_t> all;
  // How many of them have signed up before the day at hand.
  std::size_t ready = 0;
};

class Shop {
 public:
  Shop(SQLite::Database& database, const Options& options, sys_days today)
      : database_(database), random_(options.seed), today_(today), orders_(options.orders) {}

  void write(const std::function<void(int)>& progress) {
    SQLite::Transaction transaction(database_);
    database_.exec(tables);
    prepare();

    products_ = assortment(random_);
    const std::vector<Day> days = calendar(today_, orders_);
    first_ = days.front().date;
    customers_ = customers(random_, std::max(60, orders_ / 8), first_, today_);

    write_regions();
    write_products();
    write_customers();

    int last_percent = -1;
    for (const Day& day : days) {
      write_day(day);
      const int percent = static_cast<int>(95LL * order_id_ / orders_);
      if (progress && percent > last_percent) progress(last_percent = percent);
    }
    database_.exec(indexes);
    transaction.commit();
    if (progress) progress(100);
  }

 private:
  void prepare() {
    insert_order_.emplace(database_, "INSERT INTO orders (customer_id, status, channel, created_at) VALUES (?, ?, ?, ?)");
    insert_item_.emplace(database_,
                         "INSERT INTO order_items (order_id, product_id, quantity, unit_price, discount) "
                         "VALUES (?, ?, ?, ?, ?)");
    insert_return_.emplace(database_,
                           "INSERT INTO returns (order_item_id, returned_at, reason, refund) VALUES (?, ?, ?, ?)");
  }

  void write_regions() {
    SQLite::Statement insert(database_, "INSERT INTO regions (name) VALUES (?)");
    for (const char* name : region_names) {
      insert.bind(1, name);
      insert.exec();
      insert.reset();
    }
  }

  void write_products() {
    SQLite::Statement insert(database_, "INSERT INTO products (name, category, brand, price, cost) VALUES (?, ?, ?, ?, ?)");
    for (const Product& product : products_) {
      insert.bind(1, product.name);
      insert.bind(2, product.category);
      insert.bind(3, product.brand);
      insert.bind(4, money(product.price_cents));
      insert.bind(5, money(product.cost_cents));
      insert.exec();
      insert.reset();
    }
  }

  void write_customers() {
    SQLite::Statement insert(
        database_,
        "INSERT INTO customers (name, email, country, region_id, segment, created_at) VALUES (?, ?, ?, ?, ?, ?)");
    for (std::size_t i = 0; i < customers_.size(); ++i) {
      const Customer& customer = customers_[i];
      insert.bind(1, customer.name);
      insert.bind(2, customer.email);
      insert.bind(3, customer.country);
      insert.bind(4, static_cast<int>(customer.region) + 1);
      insert.bind(5, customer.segment);
      insert.bind(6, date_time(customer.created, customer.created_second));
      insert.exec();
      insert.reset();
      if (customer.orders) buyers_[customer.region].all.push_back(i);
    }
  }

  void write_day(const Day& day) {
    const unsigned month = static_cast<unsigned>(std::chrono::year_month_day(day.date).month());
    if (month != popularity_month_) {
      popularity_month_ = month;
      popularity_ = popularity_in(products_, month);
    }

    std::array<int, region_count> weights = day.weights;
    for (std::size_t region = 0; region < region_count; ++region) {
      Buyers& buyers = buyers_[region];
      while (buyers.ready < buyers.all.size() && customers_[buyers.all[buyers.ready]].created < day.date) ++buyers.ready;
      if (buyers.ready == 0) weights[region] = 0;  // in a tiny shop a region may have nobody yet
    }
    if (std::all_of(weights.begin(), weights.end(), [](int weight) { return weight == 0; })) {
      throw std::logic_error("no customer has signed up before the first order");
    }

    std::vector<std::int64_t> seconds;
    for (int i = 0; i < day.orders; ++i) {
      seconds.push_back(static_cast<std::int64_t>(random_.weighted(hours)) * 3'600 + random_.below(3'600));
    }
    std::sort(seconds.begin(), seconds.end());
    for (const std::int64_t second : seconds) write_order(day.date, second, buyer_in(random_.weighted(weights)), month);
  }

  // Bending a uniform number towards zero makes some customers order about ten times as often as the average.
  std::size_t buyer_in(std::size_t region) {
    const Buyers& buyers = buyers_[region];
    const auto ready = static_cast<std::int64_t>(buyers.ready);
    const std::int64_t uniform = random_.below(1'000'000);
    const std::int64_t bent = uniform * (100'000 + uniform * 9 / 10) / 1'000'000;
    const std::int64_t place = ready * bent / 1'000'000;
    // A multiplier without common factors spreads the frequent ones over all ages.
    return buyers.all[static_cast<std::size_t>(place * 7'919 % ready)];
  }

  const char* channel_on(sys_days date) {
    const std::int64_t elapsed = (date - first_).count();
    const std::int64_t total = std::max<std::int64_t>(1, (today_ - first_).count());
    std::array<int, channels.size()> weights = {};
    for (std::size_t i = 0; i < channels.size(); ++i) {
      weights[i] = static_cast<int>(channels[i].start * 100 + (channels[i].end - channels[i].start) * 100 * elapsed / total);
    }
    return channels[random_.weighted(weights)].name;
  }

  const char* status_on(sys_days date) {
    const std::int64_t age = (today_ - date).count();
    if (random_.chance(4)) return "cancelled";
    if (age <= 1) return "paid";
    if (age <= 3) return random_.chance(50) ? "paid" : "shipped";
    if (age <= 7) return random_.chance(60) ? "shipped" : "delivered";
    return "delivered";
  }

  void write_order(sys_days date, std::int64_t second, std::size_t customer, unsigned month) {
    const std::string status = status_on(date);
    insert_order_->bind(1, static_cast<std::int64_t>(customer) + 1);
    insert_order_->bind(2, status);
    insert_order_->bind(3, channel_on(date));
    insert_order_->bind(4, date_time(date, second));
    insert_order_->exec();
    insert_order_->reset();
    ++order_id_;

    const std::size_t count = random_.weighted(items_per_order) + 1;
    std::array<std::size_t, items_per_order.size()> chosen = {};
    for (std::size_t i = 0; i < count; ++i) {
      // No product twice in one order.
      do {
        chosen[i] = random_.weighted(popularity_);
      } while (std::find(chosen.begin(), chosen.begin() + i, chosen[i]) != chosen.begin() + i);
      write_item(date, chosen[i], month, status == "delivered");
    }
  }

  void write_item(sys_days date, std::size_t product_index, unsigned month, bool delivered) {
    const Product& product = products_[product_index];
    const auto quantity = static_cast<std::int64_t>(random_.weighted(quantities)) + 1;
    // Prices rose by about 3 % a year to what they are now.
    const std::int64_t price = product.price_cents - product.price_cents * 3 * (today_ - date).count() / 36'500;
    // Sales in July and November.
    const int discounted = month == 7 || month == 11 ? 55 : 15;
    constexpr std::array<int, 3> rates = {10, 15, 25};
    const std::int64_t discount = random_.chance(discounted) ? price * quantity * random_.pick(rates) / 100 : 0;

    insert_item_->bind(1, order_id_);
    insert_item_->bind(2, static_cast<std::int64_t>(product_index) + 1);
    insert_item_->bind(3, quantity);
    insert_item_->bind(4, money(price));
    insert_item_->bind(5, money(discount));
    insert_item_->exec();
    insert_item_->reset();
    ++item_id_;

    const sys_days returned = date + std::chrono::days(random_.between(6, 34));
    if (delivered && random_.chance(product.return_percent) && returned <= today_) {
      write_return(returned, price * quantity - discount);
    }
  }

  void write_return(sys_days date, std::int64_t refund) {
    insert_return_->bind(1, item_id_);
    insert_return_->bind(2, date_time(date, random_.between(8 * 3'600, 20 * 3'600 - 1)));
    insert_return_->bind(3, reasons[random_.weighted(reason_weights)]);
    insert_return_->bind(4, money(refund));
    insert_return_->exec();
    insert_return_->reset();
  }

  SQLite::Database& database_;
  Random random_;
  const sys_days today_;
  const int orders_;

  sys_days first_ = {};
  std::vector<Product> products_ = {};
  std::vector<Customer> customers_ = {};
  std::array<Buyers, region_count> buyers_ = {};
  unsigned popularity_month_ = 0;
  std::vector<int> popularity_ = {};
  std::int64_t order_id_ = 0;
  std::int64_t item_id_ = 0;
  // Prepared once the tables exist.
  std::optional<SQLite::Statement> insert_order_ = {};
  std::optional<SQLite::Statement> insert_item_ = {};
  std::optional<SQLite::Statement> insert_return_ = {};
};

sys_days checked_today(const Options& options) {
  if (options.orders < 1 || options.orders > orders_max) {
    throw std::invalid_argument("orders: want 1 to " + std::to_string(orders_max));
  }
  const std::chrono::year_month_day today(std::chrono::year(options.year),
                                          std::chrono::month(static_cast<unsigned>(options.month)),
                                          std::chrono::day(static_cast<unsigned>(options.day)));
  if (!today.ok() || options.year < 1980 || options.year > 9'000) {
    throw std::invalid_argument("today: no such day between the years 1980 and 9000");
  }
  return sys_days(today);
}

}  // namespace

void make(const std::filesystem::path& file, const Options& options, std::function<void(int percent)> progress) {
  const sys_days today = checked_today(options);
  std::filesystem::path unfinished = file;
  unfinished += ".unfinished";
  std::filesystem::remove(unfinished);
  try {
    SQLite::Database database(unfinished.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    // Nothing else sees the file before it is complete, so nothing has to be recovered.
    database.exec("PRAGMA journal_mode = OFF");
    database.exec("PRAGMA synchronous = OFF");
    Shop(database, options, today).write(progress);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(unfinished, ignored);
    throw;
  }
  std::filesystem::rename(unfinished, file);
}

}  // namespace shop
