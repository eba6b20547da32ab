//! The least of HTTP/1.1 that a client notices nothing of, so that every byte of it can be wrong on purpose.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::fault::Body;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A parameter of the query, decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?')?.1;
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// A parameter of the form in the body, decoded.
    pub fn form(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(&self.body);
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// What is sent back.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Body,
    pub delay: Duration,
}

impl Response {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self {
            status,
            headers,
            body: Body::Whole(body.into()),
            delay: Duration::ZERO,
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Answers the requests of one connection until it ends.
pub async fn serve<S>(mut stream: S, mut answer: impl FnMut(Request) -> Response)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await {
        let is_head = request.method == "HEAD";
        let response = answer(request);
        if !response.delay.is_zero() {
            tokio::time::sleep(response.delay).await;
        }
        if !matches!(
            write_response(&mut stream, response, is_head).await,
            Ok(true)
        ) {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

async fn read_request<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    buffer: &mut Vec<u8>,
) -> Option<Request> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let rest = buffer.split_off(end + 4);
    let head = String::from_utf8_lossy(buffer).into_owned();
    *buffer = rest;
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1")) = (words.next(), words.next(), words.next())
    else {
        let _ = stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            .await;
        return None;
    };
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    while buffer.len() < length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let rest = buffer.split_off(length);
    let body = std::mem::replace(buffer, rest);
    Some(Request {
        method: method.to_owned(),
        target: in_origin_form(target).to_owned(),
        headers,
        body,
    })
}

/// A proxy is asked in absolute form (RFC 9112, section 3.2.2); this server answers for whatever lies behind it.
fn in_origin_form(target: &str) -> &str {
    let absolute = target.strip_prefix("http://");
    let path = absolute.and_then(|rest| Some(rest.split_at(rest.find('/')?).1));
    path.unwrap_or(target)
}

/// Whether the connection may be used again.
async fn write_response<S: AsyncWrite + Unpin>(
    stream: &mut S,
    response: Response,
    is_head: bool,
) -> std::io::Result<bool> {
    if let Body::Raw(bytes) = &response.body {
        stream.write_all(bytes).await?;
        stream.flush().await?;
        return Ok(false);
    }
    if let Body::RawEndless(start, piece, every) = &response.body {
        stream.write_all(start).await?;
        loop {
            stream.write_all(piece).await?;
            stream.flush().await?;
            tokio::time::sleep(*every).await;
        }
    }
    if let Body::Silent = response.body {
        return std::future::pending().await;
    }
    let mut head = format!("HTTP/1.1 {} X\r\n", response.status);
    for (name, value) in &response.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let length = match &response.body {
        Body::Whole(bytes) | Body::Dripping(bytes, _) => Some(bytes.len()),
        Body::Truncated(bytes, missing) => Some(bytes.len() + missing),
        Body::Stalled(bytes) => Some(bytes.len() + 1),
        _ => None,
    };
    match length {
        Some(length) => write!(head, "Content-Length: {length}\r\n\r\n"),
        None => write!(head, "Transfer-Encoding: chunked\r\n\r\n"),
    }
    .unwrap();
    let mut bytes = head.into_bytes();
    if is_head {
        stream.write_all(&bytes).await?;
        return Ok(true);
    }
    match response.body {
        Body::Whole(body) => {
            bytes.extend(body);
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            Ok(true)
        }
        Body::Truncated(body, _) => {
            bytes.extend(body);
            stream.write_all(&bytes).await?;
            Ok(false)
        }
        Body::Stalled(body) => {
            bytes.extend(body);
            stream.write_all(&bytes).await?;
            std::future::pending().await
        }
        Body::Dripping(body, every) => {
            stream.write_all(&bytes).await?;
            for byte in body {
                stream.write_all(&[byte]).await?;
                stream.flush().await?;
                tokio::time::sleep(every).await;
            }
            Ok(true)
        }
        Body::Endless(piece) => {
            stream.write_all(&bytes).await?;
            let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
            chunk.extend(piece);
            chunk.extend(b"\r\n");
            loop {
                stream.write_all(&chunk).await?;
            }
        }
        Body::Raw(_) | Body::RawEndless(..) | Body::Silent => Ok(false),
    }
}
