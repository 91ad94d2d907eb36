#include "shop/people.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

namespace shop {
namespace {

constexpr std::array first_names = {
    "Ada",    "Adam",   "Aiko",   "Alba",   "Amara",  "Amir",   "Ana",    "Anders", "Anna",   "Arjun",  "Astrid",
    "Aylin",  "Bao",    "Bea",    "Ben",    "Bruno",  "Carla",  "Carlos", "Chen",   "Chiara", "Chloe",  "Clara",
    "Daniel", "Diego",  "Elena",  "Elif",   "Emil",   "Emma",   "Erik",   "Esther", "Eva",    "Fatima", "Felix",
    "Finn",   "Freya",  "Gabriel", "Grace",  "Hana",   "Hassan", "Helena", "Hugo",   "Ida",    "Ines",   "Ivan",
    "Jack",   "Jana",   "Jonas",  "Julia",  "Kaito",  "Karin",  "Kwame",  "Lars",   "Laura",  "Layla",  "Lena",
    "Leo",    "Liam",   "Lina",   "Lucas",  "Luisa",  "Maja",   "Marco",  "Maria",  "Mateo",  "Mei",    "Mia",
    "Mila",   "Nadia",  "Naomi",  "Nina",   "Noah",   "Nora",   "Olga",   "Oliver", "Omar",   "Oscar",  "Paula",
    "Pedro",  "Petra",  "Priya",  "Rafael", "Ravi",   "Rosa",   "Ruth",   "Samuel", "Sara",   "Sofia",  "Theo",
    "Thomas", "Tomas",  "Valeria", "Vera",   "Viktor", "Yara",   "Yusuf",  "Zoe"};

constexpr std::array last_names = {
    "Abe",     "Adeyemi", "Almeida", "Andersson", "Aydin",   "Bakker",  "Baker",   "Barros",  "Becker",  "Berg",
    "Bianchi", "Brown",   "Carter",  "Castro",    "Clark",   "Costa",   "Dahl",    "Davis",   "Diallo",  "Dubois",
    "Eriksen", "Evans",   "Farah",   "Fernandez", "Fischer", "Fontaine", "Foster",  "Garcia",  "Gomez",   "Gray",
    "Green",   "Haddad",  "Hall",    "Hansen",    "Hassan",  "Hill",    "Hoffmann", "Hughes",  "Ito",     "Jansen",
    "Jensen",  "Kato",    "Keller",  "Khan",      "Kim",     "Klein",   "Kumar",   "Lambert", "Larsen",  "Lee",
    "Lewis",   "Lim",     "Lopez",   "Martin",    "Mensah",  "Meyer",   "Mori",    "Moreau",  "Morris",  "Nagy",
    "Nakamura", "Nguyen",  "Nielsen", "Novak",     "Okafor",  "Oliveira", "Park",    "Patel",   "Pereira", "Petit",
    "Reyes",   "Ricci",   "Rossi",   "Roux",      "Russo",   "Sato",    "Schmidt", "Sharma",  "Silva",   "Singh",
    "Smith",   "Suzuki",  "Tan",     "Taylor",    "Torres",  "Tran",    "Turner",  "Vargas",  "Visser",  "Walker",
    "Wang",    "Weber",   "White",   "Wilson",    "Wong",    "Wood",    "Wright",  "Yilmaz",  "Young",   "Zhang"};

struct Country {
  const char* name;
  int weight;
};

constexpr Country europe[] = {{"Germany", 28}, {"France", 20},      {"United Kingdom", 18}, {"Italy", 11},
                              {"Spain", 9},    {"Netherlands", 6},  {"Sweden", 5},          {"Poland", 3}};
constexpr Country north_america[] = {{"United States", 80}, {"Canada", 20}};
constexpr Country latin_america[] = {{"Brazil", 45}, {"Mexico", 32}, {"Argentina", 13}, {"Chile", 10}};
constexpr Country asia_pacific[] = {{"Japan", 34}, {"Australia", 26}, {"India", 22}, {"South Korea", 10}, {"Singapore", 8}};
constexpr Country middle_east_africa[] = {{"United Arab Emirates", 38}, {"South Africa", 34}, {"Egypt", 16}, {"Kenya", 12}};

constexpr std::array<std::span<const Country>, region_count> countries = {
    std::span<const Country>(europe), std::span<const Country>(north_america), std::span<const Country>(latin_america),
    std::span<const Country>(asia_pacific), std::span<const Country>(middle_east_africa)};

// Where the customers are, which is roughly where the orders come from.
constexpr std::array<int, region_count> customer_weights = {42, 30, 9, 14, 5};
constexpr std::array<const char*, 3> segments = {"consumer", "business", "education"};
constexpr std::array<int, 3> segment_weights = {74, 18, 8};

const char* country_of(Random& random, std::size_t region) {
  std::vector<int> weights;
  for (const Country& country : countries[region]) weights.push_back(country.weight);
  return countries[region][random.weighted(weights)].name;
}

// "Ana B. Costa": a middle initial makes a quarter of a million names; past those, a number keeps them apart.
std::string unique_name(Random& random, std::unordered_set<std::string>& taken) {
  std::string name;
  for (int attempt = 0; attempt < 16; ++attempt) {
    name = std::string(random.pick(first_names)) + " " + static_cast<char>('A' + random.below(26)) + ". " +
           random.pick(last_names);
    if (taken.insert(name).second) return name;
  }
  for (int number = 2;; ++number) {
    const std::string numbered = name + " " + std::to_string(number);
    if (taken.insert(numbered).second) return numbered;
  }
}

std::string email_of(const std::string& name) {
  std::string local;
  for (const char c : name) {
    if (c == ' ') local += '.';
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      local += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return local + "@example.com";
}

}  // namespace

std::vector<Customer> customers(Random& random, int count, std::chrono::sys_days first, std::chrono::sys_days today) {
  const std::int64_t span = (today - first).count();
  std::vector<Customer> all(static_cast<std::size_t>(count));
  std::unordered_set<std::string> taken;
  for (Customer& customer : all) {
    customer.name = unique_name(random, taken);
    customer.email = email_of(customer.name);
    customer.region = random.weighted(customer_weights);
    customer.country = country_of(random, customer.region);
    customer.segment = segments[random.weighted(segment_weights)];
    const std::int64_t day = random.chance(40) ? -random.between(1, 365) : random.between(0, span);
    customer.created = first + std::chrono::days(day);
    customer.created_second = random.below(86'400);
  }
  std::sort(all.begin(), all.end(), [](const Customer& a, const Customer& b) {
    if (a.created != b.created) return a.created < b.created;
    if (a.created_second != b.created_second) return a.created_second < b.created_second;
    return a.name < b.name;
  });
  for (std::size_t i = 0; i < all.size(); ++i) all[i].orders = i % 12 != 7;
  return all;
}

}  // namespace shop
