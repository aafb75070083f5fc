"""What Streamlit lacks, as components of its second kind: plain JavaScript and CSS."""
