//! Numbers in JSON that no computer reckons with (RFC 8259, section 6).

/// The document with null in the place of numbers like `1e999`, which are JSON and more than `f64` holds; none where
/// there are none. Cost: `O(n)`.
pub(super) fn without_endless_numbers(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut without = Vec::with_capacity(bytes.len());
    let mut has_any = false;
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let length = match first {
            b'"' => string_length(rest),
            b'-' | b'0'..=b'9' => {
                let is_of_number =
                    |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                rest.iter().take_while(|byte| is_of_number(byte)).count()
            }
            _ => 1,
        };
        let (token, after) = rest.split_at(length);
        let number = std::str::from_utf8(token).ok().filter(|_| length > 1);
        let is_endless = *first != b'"'
            && number.is_some_and(|text| text.parse::<f64>().is_ok_and(f64::is_infinite));
        has_any |= is_endless;
        without.extend_from_slice(if is_endless { b"null" } else { token });
        rest = after;
    }
    has_any.then_some(without)
}

/// Bytes of the string that `bytes` begins with, both quotes included; all where it has no end.
fn string_length(bytes: &[u8]) -> usize {
    let mut is_escaped = false;
    let end = bytes.iter().skip(1).position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(bytes.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_without_an_end_are_taken_out() {
        let without = |text: &str| {
            without_endless_numbers(text.as_bytes())
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        assert_eq!(without(r#"{"a":1,"b":-1.5e3,"c":"1e999"}"#), None);
        assert_eq!(
            without(r#"{"a":1e999,"b\"1e999":[-1E+400,2],"c":1e99}"#).as_deref(),
            Some(r#"{"a":null,"b\"1e999":[null,2],"c":1e99}"#)
        );
        for broken in ["\"", "\"\\", "1e999\"", "1e999 \"\\\"", "--1e999"] {
            let _ = without(broken);
        }
        assert_eq!(without("1e999\"x").as_deref(), Some("null\"x"));
    }
}
