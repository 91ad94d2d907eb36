// model/names.h - the words of the model's files and the values they stand for, and labels made from names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyst/model.h"

namespace analyst {

std::string_view to_string(Aggregate aggregate);
std::optional<Aggregate> parse_aggregate(std::string_view text);

std::string_view to_string(ModelFilter::Operator op);
std::optional<ModelFilter::Operator> parse_filter_operator(std::string_view text);

std::string_view to_string(JoinType type);
std::optional<JoinType> parse_join_type(std::string_view text);

std::string_view to_string(Cardinality cardinality);
std::optional<Cardinality> parse_cardinality(std::string_view text);

std::string_view to_string(ValueType type);
std::optional<ValueType> parse_value_type(std::string_view text);

// All words of one kind, for "did you mean".
std::vector<std::string> timeframe_words();
std::vector<std::string> aggregate_words();
std::vector<std::string> filter_operator_words();
std::vector<std::string> join_type_words();
std::vector<std::string> cardinality_words();
std::vector<std::string> value_type_words();

// "created_at" becomes "Created at", "customerId" becomes "Customer ID".
std::string label_from_name(std::string_view name);

// An identifier of the database in double quotes, as standard SQL has it.
std::string quoted_identifier(std::string_view identifier);

// "Order No." becomes "Order_No_": a name that references and queries can write. Never empty.
std::string name_from_identifier(std::string_view identifier);

}  // namespace analyst
