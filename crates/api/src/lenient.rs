//! Bodies read without ever minding what they hold.
//!
//! A body becomes [`Fields`] first, whatever it is, and each field is then asked for by name and kind:
//! what is not of that kind is absent, and costs no other field. Reading in two steps also keeps
//! serde's generated code out of the browser, where a copy of it for each of our types would weigh
//! more than the rest of the widget.
//!
//! Decimals are parsed here because the standard library's parser would bring ten kilobytes of tables
//! into a page that needs no more than `"12.5"`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The fields of a JSON object that nobody has asked for yet.
#[derive(Default)]
pub(crate) struct Fields(Vec<(String, Value)>);

/// A JSON value, whatever it is.
pub(crate) enum Value {
    Nothing,
    Flag(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    Object(Fields),
    List(Vec<Value>),
}

impl Fields {
    /// The fields of a body; a body that is no object is an error.
    pub(crate) fn read<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let fields = Value::deserialize(source)?.object();
        fields.ok_or_else(|| D::Error::custom("the body is no object"))
    }

    /// What stands under `name`; nothing where there is no such field.
    pub(crate) fn take(&mut self, name: &str) -> Value {
        let place = self.0.iter().position(|(field, _)| field == name);
        place.map_or(Value::Nothing, |place| self.0.swap_remove(place).1)
    }

    /// A string, or a whole number as one. Blank is absent.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.take(name).text()
    }

    /// A number that is finite and not negative, or a string that holds one.
    pub(crate) fn number(&mut self, name: &str) -> Option<f64> {
        let number = match self.take(name) {
            Value::Whole(number) => Some(number as f64),
            Value::Number(number) => Some(number),
            Value::Text(text) => decimal(text.trim()),
            _ => None,
        };
        number.filter(|number| number.is_finite() && *number >= 0.0)
    }

    /// As [`number`](Self::number), rounded up to a whole one; what a `u32` cannot hold is absent.
    pub(crate) fn whole(&mut self, name: &str) -> Option<u32> {
        let whole = self.number(name).map(f64::ceil);
        whole
            .filter(|whole| *whole <= f64::from(u32::MAX))
            .map(|whole| whole as u32)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.take(name) {
            Value::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    /// An object.
    pub(crate) fn object(&mut self, name: &str) -> Option<Fields> {
        self.take(name).object()
    }

    /// A list.
    pub(crate) fn list(&mut self, name: &str) -> Option<Vec<Value>> {
        self.take(name).list()
    }

    /// The strings (and whole numbers) of a list. Anything else is an empty list.
    pub(crate) fn texts(&mut self, name: &str) -> Vec<String> {
        let members = self.list(name).unwrap_or_default();
        members.into_iter().filter_map(Value::text).collect()
    }
}

impl Value {
    /// A string, or a whole number as one. Blank is absent.
    pub(crate) fn text(self) -> Option<String> {
        match self {
            Value::Text(text) => Some(text).filter(|text| !text.trim().is_empty()),
            Value::Whole(number) => Some(number.to_string()),
            // Readers without whole numbers, such as a browser's, give them like this.
            Value::Number(number) if number.fract() == 0.0 && number.abs() <= EXACT => {
                Some((number as i64).to_string())
            }
            _ => None,
        }
    }

    /// An object.
    pub(crate) fn object(self) -> Option<Fields> {
        match self {
            Value::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// A list.
    pub(crate) fn list(self) -> Option<Vec<Value>> {
        match self {
            Value::List(members) => Some(members),
            _ => None,
        }
    }
}

/// Beyond this, two whole numbers may be one `f64`, and an id would name something else.
const EXACT: f64 = 9_007_199_254_740_991.0;

/// `120`, `12.5`; no sign, no exponent.
fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || whole.len() > 15 || fraction.len() > 15 {
        return None;
    }
    let (mut number, mut unit) = (0.0, 1.0);
    for digit in whole.chars() {
        number = number * 10.0 + f64::from(digit.to_digit(10)?);
    }
    for digit in fraction.chars() {
        number = number * 10.0 + f64::from(digit.to_digit(10)?);
        unit *= 10.0;
    }
    // One division of two exact numbers, so that "1.7" is the very number that 1.7 is.
    Some(number / unit)
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Whole(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number).map_or(Value::Number(number as f64), Value::Whole))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        Value::deserialize(source)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Value::Object(Fields(fields)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = sequence.next_element()? {
            members.push(member);
        }
        Ok(Value::List(members))
    }
}
