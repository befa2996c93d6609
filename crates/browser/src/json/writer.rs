use js_sys::JSON;
use serde::Serialize;
use serde::ser::{
    Impossible, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, Serializer,
};
use wasm_bindgen::prelude::*;

use super::Unfit;

/// Writes one value behind a text.
pub(super) struct Writer<'a>(pub(super) &'a mut String);

impl Writer<'_> {
    /// What the browser itself makes of a string or a number.
    fn leaf(self, value: JsValue) -> Result<(), Unfit> {
        let text = JSON::stringify(&value).map_err(|_| Unfit)?;
        self.0.push_str(&String::from(text));
        Ok(())
    }
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Unfit;
    type SerializeSeq = Members<'a>;
    type SerializeTuple = Members<'a>;
    type SerializeTupleStruct = Impossible<(), Unfit>;
    type SerializeTupleVariant = Impossible<(), Unfit>;
    type SerializeMap = Impossible<(), Unfit>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Members<'a>;

    fn serialize_bool(self, value: bool) -> Result<(), Unfit> {
        self.leaf(value.into())
    }

    fn serialize_i8(self, value: i8) -> Result<(), Unfit> {
        self.leaf(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Unfit> {
        self.leaf(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Unfit> {
        self.leaf(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Unfit> {
        self.leaf((value as f64).into())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Unfit> {
        self.leaf(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Unfit> {
        self.leaf(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Unfit> {
        self.leaf(value.into())
    }

    /// Ours are milliseconds, which a JavaScript number holds for as long as there will be any.
    fn serialize_u64(self, value: u64) -> Result<(), Unfit> {
        self.leaf((value as f64).into())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Unfit> {
        self.leaf(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Unfit> {
        self.leaf(value.into())
    }

    fn serialize_char(self, value: char) -> Result<(), Unfit> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Unfit> {
        self.leaf(value.into())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Unfit> {
        Err(Unfit)
    }

    fn serialize_none(self) -> Result<(), Unfit> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unfit> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unfit> {
        self.0.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unfit> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Unfit> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        let mut members = Members::new(self.0, '{', "}");
        members.named(variant, value)?;
        members.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Members<'a>, Unfit> {
        Ok(Members::new(self.0, '[', "]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Members<'a>, Unfit> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Unfit>, Unfit> {
        Err(Unfit)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Unfit>, Unfit> {
        Err(Unfit)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Impossible<(), Unfit>, Unfit> {
        Err(Unfit)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, Unfit> {
        Ok(Members::new(self.0, '{', "}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Members<'a>, Unfit> {
        self.0.push('{');
        Writer(self.0).serialize_str(variant)?;
        self.0.push(':');
        Ok(Members::new(self.0, '{', "}}"))
    }
}

/// The members of a list or an object, written one by one.
pub(super) struct Members<'a> {
    text: &'a mut String,
    first: bool,
    end: &'static str,
}

impl<'a> Members<'a> {
    fn new(text: &'a mut String, start: char, end: &'static str) -> Self {
        text.push(start);
        Self {
            text,
            first: true,
            end,
        }
    }

    fn next(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.text.push(',');
        }
    }

    fn named<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Unfit> {
        self.next();
        Writer(self.text).serialize_str(name)?;
        self.text.push(':');
        value.serialize(Writer(self.text))
    }

    fn close(self) -> Result<(), Unfit> {
        self.text.push_str(self.end);
        Ok(())
    }
}

impl SerializeSeq for Members<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        self.next();
        value.serialize(Writer(self.text))
    }

    fn end(self) -> Result<(), Unfit> {
        self.close()
    }
}

impl SerializeTuple for Members<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Unfit> {
        self.close()
    }
}

impl SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        self.named(name, value)
    }

    fn end(self) -> Result<(), Unfit> {
        self.close()
    }
}

impl SerializeStructVariant for Members<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        self.named(name, value)
    }

    fn end(self) -> Result<(), Unfit> {
        self.close()
    }
}
