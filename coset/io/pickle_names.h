/// What the names in a pickle mean: the fixed table of functions and classes that stand for plain data. Private to this
/// room.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "coset/io/pickle.h"

namespace coset::io {

using PickleObject = std::shared_ptr<PickleValue>;
/// Values of a storage by its key; counts the bytes handed out.
using LoadStorage = std::function<Array(const PickleName& storage)>;

/// A name of the table. @throws coset::Error "NAME: ..." that says the name, for every other
PickleObject make_name(const std::string& module, const std::string& name, const std::string& file);

/// What calling `function` with the tuple `arguments` stands for; loads the values of tensors by `load`.
PickleObject reduce_name(const PickleValue& function, const PickleValue& arguments, const LoadStorage& load,
                         const std::string& file);

/// Gives a numpy array or type the state that its pickle stores apart; the attributes of an ordered dict are dropped.
void set_state(PickleValue& object, const PickleValue& state, const std::string& file);

/// ('storage', type, key, device, count)
PickleObject make_storage(const PickleValue& id, const std::string& file);

}  // namespace coset::io
