//! Readers that turn what they cannot understand into "absent" instead of an error.
//!
//! Used as `#[serde(default, deserialize_with = "lenient::text")]`. Each takes any JSON value.
//! They parse decimals themselves because the standard library's parser would bring ten kilobytes
//! of tables into a page that needs no more than `"12.5"`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A JSON value as far as tolerant reading cares; objects become `T`, lists become their objects.
enum Value<T> {
    Nothing,
    Flag(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    Object(T),
    List(Vec<Value<T>>),
}

/// A string, or a number written as one. Blank is absent.
pub(crate) fn text<'de, D: Deserializer<'de>>(source: D) -> Result<Option<String>, D::Error> {
    Ok(into_text(Value::<Skipped>::deserialize(source)?))
}

/// A number that is finite and not negative, or a string that holds one.
pub(crate) fn number<'de, D: Deserializer<'de>>(source: D) -> Result<Option<f64>, D::Error> {
    let number = match Value::<Skipped>::deserialize(source)? {
        Value::Whole(number) => Some(number as f64),
        Value::Number(number) => Some(number),
        Value::Text(text) => decimal(text.trim()),
        _ => None,
    };
    Ok(number.filter(|number| number.is_finite() && *number >= 0.0))
}

/// As [`number`], rounded up to a whole one; what a `u32` cannot hold is absent.
pub(crate) fn whole<'de, D: Deserializer<'de>>(source: D) -> Result<Option<u32>, D::Error> {
    let whole = number(source)?.map(f64::ceil);
    Ok(whole
        .filter(|whole| *whole <= f64::from(u32::MAX))
        .map(|whole| whole as u32))
}

/// `true` or `false`.
pub(crate) fn flag<'de, D: Deserializer<'de>>(source: D) -> Result<Option<bool>, D::Error> {
    match Value::<Skipped>::deserialize(source)? {
        Value::Flag(flag) => Ok(Some(flag)),
        _ => Ok(None),
    }
}

/// An object. Anything else is absent.
pub(crate) fn object<'de, D, T>(source: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(into_object(Value::deserialize(source)?))
}

/// What an `error` field may hold: an object, or the bare message. Blank is absent.
pub(crate) fn object_or_text<'de, D, T>(source: D) -> Result<Option<Result<T, String>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    match Value::deserialize(source)? {
        Value::Object(object) => Ok(Some(Ok(object))),
        text @ Value::Text(_) => Ok(into_text(text).map(Err)),
        _ => Ok(None),
    }
}

/// The objects of a list; members that are no object are skipped. Absent when there is no list.
pub(crate) fn objects<'de, D, T>(source: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(objects_or_text(source)?.and_then(Result::ok))
}

/// What a `detail` field may hold: a list of objects, or the bare message. Blank is absent.
pub(crate) fn objects_or_text<'de, D, T>(
    source: D,
) -> Result<Option<Result<Vec<T>, String>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    match Value::deserialize(source)? {
        Value::List(members) => Ok(Some(Ok(members
            .into_iter()
            .filter_map(into_object)
            .collect()))),
        text @ Value::Text(_) => Ok(into_text(text).map(Err)),
        _ => Ok(None),
    }
}

/// The strings (and numbers) of a list. Anything else is an empty list.
pub(crate) fn texts<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<String>, D::Error> {
    match Value::<Skipped>::deserialize(source)? {
        Value::List(members) => Ok(members.into_iter().filter_map(into_text).collect()),
        _ => Ok(Vec::new()),
    }
}

fn into_object<T>(value: Value<T>) -> Option<T> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn into_text<T>(value: Value<T>) -> Option<String> {
    match value {
        Value::Text(text) => Some(text).filter(|text| !text.trim().is_empty()),
        Value::Whole(number) => Some(number.to_string()),
        // Readers without whole numbers, such as a browser's, give them like this.
        Value::Number(number) if number.fract() == 0.0 && number.abs() <= EXACT => {
            Some((number as i64).to_string())
        }
        _ => None,
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

/// An object that nobody wants to read.
struct Skipped;

impl<'de> Deserialize<'de> for Skipped {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(source).map(|_| Skipped)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Value<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(AnyValue(PhantomData))
    }
}

struct AnyValue<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AnyValue<T> {
    type Value = Value<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value<T>, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value<T>, E> {
        Ok(Value::Whole(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value<T>, E> {
        Ok(i64::try_from(number).map_or(Value::Number(number as f64), Value::Whole))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value<T>, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value<T>, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value<T>, E> {
        Ok(Value::Text(text))
    }

    fn visit_unit<E: Error>(self) -> Result<Value<T>, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E: Error>(self) -> Result<Value<T>, E> {
        Ok(Value::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, source: D) -> Result<Value<T>, D::Error> {
        Value::deserialize(source)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Value::Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value<T>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = sequence.next_element()? {
            members.push(member);
        }
        Ok(Value::List(members))
    }
}
